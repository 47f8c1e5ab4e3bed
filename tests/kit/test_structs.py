"""Every struct is known to msgspec before a server has threads."""

from __future__ import annotations

import msgspec

from meguri.kit.running import structs
from meguri.portal import urls  # noqa: F401


def test_every_struct_of_the_house_can_be_prepared(monkeypatch):
    prepared = []
    real = msgspec.json.Decoder

    def decoder(struct):
        prepared.append(struct)
        return real(struct)

    monkeypatch.setattr(structs.msgspec.json, "Decoder", decoder)
    assert structs.prepare() == len(prepared) > 150
    names = {struct.__name__ for struct in prepared}
    assert {"LotState", "EventState", "TrackState", "KeyState", "Act", "Notify", "Decision"} <= names
