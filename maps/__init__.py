"""The map room: the skeleton of the public map, its colours and its words. No data comes in."""
