"""The proving ground: how fast the house is, as ratios to peers and ceilings in one run."""
