"""Figures: one file each, a function that prepares a small record of numbers and one that draws it."""
