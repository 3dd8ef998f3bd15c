"""Times against the peers that are installed, as ratios in one run (`itemwise bench`)."""
