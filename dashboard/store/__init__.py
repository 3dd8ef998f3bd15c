"""What the dashboard keeps: one file for each kind of record, all on the house's one MetaData."""
