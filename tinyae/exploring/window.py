"""Windows for the explorer's figure: on a screen, in a notebook, or in a browser.

pyplot opens windows, and knows which kinds are possible here. Nothing else in the library uses it.
"""

from __future__ import annotations

import logging
import signal
import threading
from importlib.util import find_spec
from typing import Any

import matplotlib
from matplotlib.backend_bases import FigureManagerBase
from matplotlib.backends.backend_agg import FigureCanvasAgg

from tinyae.drawing.canvas import Figure, ipython_shell

ADDRESS, PORT = "127.0.0.1", 8988  # only programs on the same machine can reach it
SIZE, DOTS = (12.8, 7.2), 100  # inches, and dots per inch
WAKE = 200  # milliseconds after which a window notices Ctrl-C


def new_figure() -> Figure:
    """Return a figure of the size of a window, without a window."""
    figure = Figure(figsize=SIZE, dpi=DOTS)
    FigureCanvasAgg(figure)
    return figure


def new_window(title: str) -> Figure:
    """Return a figure in a new window that is not shown yet.

    Raises
    ------
    OSError
        If no window can be opened here. The message says what to do.
    """
    from matplotlib import pyplot  # here, because the import chooses the kind of windows

    try:
        with pyplot.ioff():  # a notebook would show the figure while it is empty
            figure = pyplot.figure(figsize=SIZE, FigureClass=Figure, dpi=DOTS)
    except ImportError as error:
        raise OSError(f"no window can be opened: {error}; {_advice()}") from None
    manager = figure.canvas.manager
    if manager is None or type(manager) is FigureManagerBase:
        name = matplotlib.get_backend()
        pyplot.close(figure)
        raise OSError(f"no window can be opened (matplotlib draws with {name!r} here): {_advice()}")
    manager.set_window_title(title)
    assert isinstance(figure, Figure)
    return figure


def show_window(figure: Figure, block: bool | None) -> None:
    """Show the window of a figure, and wait until it is closed, or until Ctrl-C, if `block`.

    None waits unless this is IPython or a notebook. A window runs code of its toolkit, which
    notices Ctrl-C only at the next event, and may swallow the exception. So a timer closes it.
    """
    from matplotlib import pyplot

    if block is None:
        block = ipython_shell() is None and not matplotlib.is_interactive()
    if not block or threading.current_thread() is not threading.main_thread():
        pyplot.show(block=block)
        return
    pressed = threading.Event()
    timer = figure.canvas.new_timer(interval=WAKE)
    timer.add_callback(lambda: pyplot.close(figure) if pressed.is_set() else None)
    figure.canvas.mpl_connect("close_event", lambda event: timer.stop())
    before = signal.signal(signal.SIGINT, lambda number, frame: pressed.set())
    try:
        timer.start()
        pyplot.show(block=True)
    finally:
        signal.signal(signal.SIGINT, before)


def start_server(port: int | None) -> str:
    """Make new windows pages for a browser on this machine, and return their address.

    Parameters
    ----------
    port : of the server; None takes `PORT`, or a free one near it

    Raises
    ------
    ValueError
        If the package tornado is not installed.
    OSError
        If the port is in use.
    """
    if find_spec("tornado") is None:
        raise ValueError(
            "pages in a browser need the package tornado: install it, pip install tornado, or as "
            'an extra, pip install "tinyae[web]"'
        )
    matplotlib.use("webagg")
    from matplotlib.backends.backend_webagg import WebAggApplication

    server: Any = WebAggApplication  # its annotations leave the port out
    with matplotlib.rc_context():
        matplotlib.rcParams["webagg.port"] = PORT if port is None else port
        matplotlib.rcParams["webagg.port_retries"] = 50 if port is None else 1
        try:
            server.initialize(address=ADDRESS)
        except SystemExit:
            where = "8988 or near it" if port is None else f"{port}"
            raise OSError(f"port {where} is in use: give another one") from None
    return f"http://{ADDRESS}:{server.port}/"


def serve() -> None:
    """Wait for browsers until Ctrl-C."""
    from matplotlib.backends.backend_webagg import WebAggApplication

    log = logging.getLogger("asyncio")
    log.addFilter(_other_error)
    try:
        WebAggApplication.start()
    finally:
        log.removeFilter(_other_error)


def of_closed_page(error: BaseException | None) -> bool:
    """Whether an error says only that a page in a browser was closed a moment ago."""
    return type(error).__name__ == "WebSocketClosedError"


def _other_error(record: logging.LogRecord) -> bool:
    """Whether a message of the log is about something else than a page that was closed."""
    return record.exc_info is None or not of_closed_page(record.exc_info[1])


def _advice() -> str:
    """Return what to do where no window can be opened."""
    if ipython_shell() is not None:
        return "in a notebook, install ipympl and run `%matplotlib widget` first"
    return (
        "on a machine with a screen, install a toolkit such as Tk (python3-tk) or PyQt6; without "
        "one, give --web and open its address in a browser, or --out FILE.gif"
    )
