"""The surveyors' hall: OGC API – Features and Tiles over the public views, by tipg.

tipg finds and writes features and tiles; what a stranger may ask, the words, the pages and the
errors are ours.
"""

from api.ogc.doors import install, open_readers

__all__ = ["install", "open_readers"]
