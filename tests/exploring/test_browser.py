"""The explorer as a page in headless Chromium: press train, drag σ, click a point."""

import io
import json
import os
import shutil
import signal
import subprocess
import sys
import time
from math import log10
from pathlib import Path

import matplotlib.image
import numpy as np
import pytest

from tinyae.exploring.data import data_of
from tinyae.exploring.learner import Learner
from tinyae.exploring.panel import LEFT, TOP, WIDTH, rounded
from tinyae.exploring.settings import LIMITS

pytest.importorskip("tornado")
selenium = pytest.importorskip("selenium")
CHROMIUM = shutil.which("chromium") or shutil.which("google-chrome")
DRIVER = shutil.which("chromedriver")
ROOT = Path(__file__).resolve().parents[2]
UNITS = 50
FLAGS = (
    "--headless --no-sandbox --disable-gpu --disable-quic --no-first-run "
    "--disable-background-networking --disable-component-update --disable-sync "
    "--window-size=1400,1000"
).split()
pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(not (CHROMIUM and DRIVER), reason="needs chromium and chromedriver"),
]


class Page:
    """The page of a served explorer, and the answers of its process."""

    def __init__(self, driver, program):
        from selenium.webdriver.common.by import By

        self.driver, self.program = driver, program
        found = []
        self.until(lambda: found.extend(driver.find_elements(By.CSS_SELECTOR, "canvas")) or found)
        self.canvas = found[-1]
        self.until(lambda: self.pixels().std() > 0.05)

    def state(self):
        self.program.stdin.write("\n")
        self.program.stdin.flush()
        return json.loads(self.program.stdout.readline())

    def until(self, condition, seconds=60):
        """Wait until the condition holds; fail otherwise."""
        end = time.monotonic() + seconds
        while time.monotonic() < end:
            if condition():
                return
            time.sleep(0.2)
        raise AssertionError(f"not within {seconds} s: {self.state()}")

    def pixels(self):
        return matplotlib.image.imread(io.BytesIO(self.canvas.screenshot_as_png))[:, :, :3]

    def mouse(self, x, y):
        """Move the mouse to a place, in shares of the figure from its lower left corner."""
        from selenium.webdriver.common.action_chains import ActionChains

        size = self.canvas.size
        across, down = round((x - 0.5) * size["width"]), round((0.5 - y) * size["height"])
        chain = ActionChains(self.driver)
        return chain.move_to_element_with_offset(self.canvas, across, down)

    def click(self, x, y):
        self.mouse(x, y).click().perform()


@pytest.fixture
def page(tmp_path):
    from selenium import webdriver

    program = subprocess.Popen(
        [sys.executable, "-m", "tests.exploring.served_explorer", str(UNITS)], cwd=ROOT, text=True,
        stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
    )  # fmt: skip
    options = webdriver.ChromeOptions()
    options.binary_location = CHROMIUM
    for flag in (*FLAGS, f"--user-data-dir={tmp_path / 'profile'}"):
        options.add_argument(flag)
    driver = None
    try:
        address = program.stdout.readline().strip()
        assert address.startswith("http://127.0.0.1:")
        service = webdriver.ChromeService(executable_path=DRIVER)
        driver = webdriver.Chrome(options=options, service=service)
        driver.get(address)
        yield Page(driver, program)
    finally:
        if driver is not None:
            driver.quit()
        program.send_signal(signal.SIGINT)
        out, _ = program.communicate(timeout=60)
    assert program.returncode == 0, out


def parts(pixels):
    """The view, the charts and the sliders of a picture of the page."""
    h, w = pixels.shape[:2]
    return {"view": pixels[int(0.1 * h) : int(0.82 * h), : int(0.58 * w)],
            "charts": pixels[int(0.05 * h) : int(0.45 * h), int(0.7 * w) :],
            "sliders": pixels[int(0.53 * h) : int(0.75 * h), int(0.76 * w) :]}  # fmt: skip


def changed(before, after):
    """Which parts of the page look different."""
    a, b = parts(before), parts(after)
    return {name for name in a if np.abs(a[name] - b[name]).max() > 0.1}


def test_train_drag_sigma_and_click(page, measured):
    train, knob = (0.877, 0.2), TOP + 0.015
    start = page.pixels()
    page.click(*train)
    page.until(lambda: page.state()["epochs"] >= 5)
    page.click(*train)
    page.until(lambda: not page.state()["running"])
    first = page.state()
    time.sleep(1.0)
    assert page.state()["epochs"] == first["epochs"]
    trained = page.pixels()
    assert changed(start, trained) == {"view", "charts"}

    low, high = log10(LIMITS["sigma"].low), log10(LIMITS["sigma"].high)

    def place(sigma):
        return LEFT + WIDTH * (log10(sigma) - low) / (high - low)

    page.mouse(place(0.1), knob).click_and_hold().perform()
    for sigma in (0.12, 0.14, 0.17, 0.2):
        page.mouse(place(sigma), knob).perform()
    page.mouse(place(0.2), knob).release().perform()
    page.until(lambda: abs(page.state()["sigma"] - 0.2) < 0.006)
    dragged = page.state()
    assert dragged["epochs"] == first["epochs"] and dragged["losses"] == first["losses"]
    assert "the same weights go on" in dragged["message"]
    assert f"σ = {dragged['sigma']:g}" in dragged["headline"]
    assert dragged["measures"][-1] != first["measures"][-1]
    page.until(lambda: {"view", "sliders"} <= changed(trained, page.pixels()))

    page.click(*train)
    page.until(lambda: page.state()["epochs"] >= first["epochs"] + 5)
    page.click(*train)
    page.until(lambda: not page.state()["running"])
    last = page.state()

    data = data_of("spiral", 0)  # the same without a browser
    plain = Learner(data, data.start.changed({"units": UNITS}), 0)
    for _ in range(first["epochs"]):
        plain.train()
    assert plain.measures == first["measures"]
    plain.change(plain.settings.changed({"sigma": dragged["sigma"]}))
    assert plain.measures == dragged["measures"]
    for _ in range(last["epochs"] - first["epochs"]):
        plain.train()
    assert plain.losses == last["losses"] and plain.measures == last["measures"]
    measured(
        f"explorer in a browser: σ = 0.1, epoch {first['epochs']}: loss {first['losses'][-1]:.6g}, "
        f"cosine {first['measures'][-1]:.4f}; σ = {dragged['sigma']:g}, epoch {last['epochs']}: "
        f"loss {last['losses'][-1]:.6g}, cosine {last['measures'][-1]:.4f}; equal to a script"
    )

    before = page.pixels()
    page.click(0.3, 0.6)
    page.until(lambda: page.state()["start"] is not None)
    x = page.state()["start"]
    low_corner, high_corner = data.limits()
    assert all(low_corner <= x) and all(x <= high_corner)
    page.until(lambda: changed(before, page.pixels()) == {"view"})

    page.click(0.877, 0.095)  # reset
    page.until(lambda: page.state()["epochs"] == 0)
    assert rounded(log10(dragged["sigma"]), "sigma") == page.state()["sigma"]
