"""Where speech begins and ends in a stream of 20 ms telephone frames.

webrtcvad says of each frame whether it holds speech; a short run of such frames is a start, and the silence since the
last of them is counted. It knows nothing of words, turns or thresholds: what a silence means is the turn's business.
"""

from __future__ import annotations

from collections import deque
from typing import Any

import webrtcvad
from numpy.typing import NDArray

FRAME_MS = 20
SAMPLES_PER_FRAME = 160
_START_FRAMES = 4  # of the last five: 80–100 ms of sound is a start, a click is not
_WINDOW = 5
_HUM = 120.0  # mean level (of 32,768) below which a line is idle, whatever its spectrum looks like


class Endpointer:
    """Feed it frames in order; read `speaking` and `silence_ms` after each."""

    def __init__(self) -> None:
        self._vad = webrtcvad.Vad(1)
        self._recent: deque[bool] = deque(maxlen=_WINDOW)
        self.speaking = False
        self.silence_ms = 0

    def feed(self, frame: NDArray[Any]) -> bool:
        """Takes 160 samples at 8 kHz; true when speech begins with this frame."""
        voiced = float(abs(frame.astype("int32")).mean()) > _HUM and self._vad.is_speech(frame.tobytes(), 8_000)
        self._recent.append(voiced)
        began = not self.speaking and sum(self._recent) >= _START_FRAMES
        self.speaking = self.speaking or began
        self.silence_ms = 0 if voiced else self.silence_ms + FRAME_MS
        return began

    def goes_on(self) -> None:
        """Speech goes on although no sound of it came: silence counts anew."""
        self.silence_ms = 0

    def rest(self) -> None:
        """The turn is over: the next sound is a new start."""
        self.speaking = False
        self._recent.clear()
