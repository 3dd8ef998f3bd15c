"""What may be asked next: content, enemies, exposure control, the shadow test."""
