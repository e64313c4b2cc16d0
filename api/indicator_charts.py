"""The chart of an indicator: the figure at the ends of quarters, with its targets."""

from api.charts import Aim, Chart, Line
from api.indicator_texts import aim, name_of, sentence, verdict
from registry.domain.indicators import Indicator
from registry.queries.indicator_figures import Figure


def chart(figure: Figure) -> Chart:
    """Drawn and told: the text alternative says the figure and how it stands to its targets."""
    told = [point for point in figure.quarterly if point.counted is not None]
    words = [sentence(figure), *(verdict(each) for each in figure.outlooks)]
    shown = [(point.on, point.value) for point in figure.quarterly] if told else []
    return Chart(
        title=name_of(figure.indicator),
        text=" ".join(words),
        lines=[Line(name_of(figure.indicator), shown)] if shown else [],
        shares=figure.indicator is not Indicator.PEOPLE,
        aims=[Aim(each.goal.due, each.goal.value, aim(each)) for each in figure.outlooks],
        empty=sentence(figure),
    )
