"""The harvester's inspector: DCAT-AP 3 as SHACL, written from the specification."""

from pathlib import Path

import pyshacl
from rdflib import Graph

_SHAPES = Graph().parse(Path(__file__).parent / "shapes/dcat_ap.ttl")


def faults(graph: Graph) -> str:
    """What is wrong with a catalogue, in the validator's words; nothing where it conforms."""
    conforms, _, said = pyshacl.validate(graph, shacl_graph=_SHAPES, inference="none")
    return "" if conforms else str(said)
