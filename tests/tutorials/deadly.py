"""An autoencoder that kills its own process, for tests of workers that die while they compute."""

import os
import signal

from tinyae import Autoencoder


class Deadly(Autoencoder):
    """Kills its process in `objective`, until the file `file` has as many bytes as `deaths`."""

    file = None
    deaths = 0

    def objective(self, *rows, rng):
        """Return the loss, unless the process is to die."""
        if self.file is not None:
            with open(self.file, "ab") as file:
                if file.tell() < self.deaths:
                    file.write(b"x")
                    file.flush()
                    os.kill(os.getpid(), signal.SIGKILL)
        return super().objective(*rows, rng=rng)
