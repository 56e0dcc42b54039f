"""What is said of a figure to those who cannot see it."""

from matplotlib.figure import Figure

from tinyae.drawing.alternative_text import alternative_text


def test_panels_are_said_with_their_title_axes_and_legend():
    figure = Figure()
    left, right = figure.subplots(1, 2)
    left.plot([0, 1], label="training")
    left.plot([1, 0], label="held out\nrows")
    left.set(xlabel="$t$, epoch", ylabel="loss", title="Learning")
    left.legend()
    right.set_title("At the\nleft.", loc="left")
    assert alternative_text(figure) == (
        "A picture with 2 panels. Learning; horizontally: t, epoch; vertically: loss; "
        "legend: training, held out rows. At the left."
    )


def test_a_colour_bar_is_no_panel_and_the_text_of_the_figure_is_said():
    figure = Figure()
    axes = figure.add_subplot()
    figure.colorbar(axes.imshow([[0, 1]]))
    figure.suptitle("One row")
    said = "A picture with 1 panel: One row. A panel without a title."
    assert alternative_text(figure) == said
    assert alternative_text(Figure()) == "A picture with 0 panels."
