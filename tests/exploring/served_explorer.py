"""A served explorer that answers each line of standard input by its state, for the browser test."""

import json
import sys
import threading
from contextlib import redirect_stdout

from tinyae.exploring import Explorer
from tinyae.exploring.window import serve, start_server


def answer(explorer, out):
    """Write the state as one line of JSON for each line that comes."""
    for _ in sys.stdin:
        learner, start = explorer.learner, explorer.scene.view.start
        state = {
            "running": explorer.running, "epochs": learner.epochs, "losses": learner.losses,
            "measures": learner.measures, "sigma": learner.settings.sigma,
            "message": explorer.message, "headline": explorer.scene.title.get_text(),
            "start": None if start is None else start.tolist(),
        }  # fmt: skip
        print(json.dumps(state), file=out, flush=True)


if __name__ == "__main__":
    address = start_server(None)
    explorer = Explorer("spiral", units=int(sys.argv[1]), window=True)
    threading.Thread(target=answer, args=[explorer, sys.stdout], daemon=True).start()
    print(address, flush=True)
    with redirect_stdout(sys.stderr):  # the answers have standard output to themselves
        serve()
