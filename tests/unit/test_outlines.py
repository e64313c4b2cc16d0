"""The draughtsman's room: both outlines in one frame, and no label runs out of it."""

from shapely import MultiPolygon, box

from maps.outlines import drawing

OLD, NEW = MultiPolygon([box(105, 15, 106, 16)]), MultiPolygon([box(105, 15, 107, 16)])


def test_old_and_new_stand_in_one_frame() -> None:
    found = drawing([OLD], [NEW], around=[MultiPolygon([box(10, 10, 11, 11)])])
    assert [path.kind for path in found.paths] == ["new", "old"]
    numbers = [
        float(n)
        for path in found.paths
        for n in path.d.strip("MZ").replace(",", " ").replace("ZM", " ").split()
    ]
    assert min(numbers) >= 0
    assert max(numbers) <= found.width


def test_a_label_at_the_edge_ends_at_its_point() -> None:
    marks = [(106.0, 15.5, "giữa"), (112.0, 15.5, "Quần đảo Trường Sa (Khánh Hòa)")]
    inner, outer = drawing([OLD], [NEW], marks=marks).marks
    assert not inner.ends
    assert outer.ends
