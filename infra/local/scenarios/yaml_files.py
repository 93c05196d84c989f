"""YAML as scenarios are written in it: times stay texts, and a name stands once. It refuses to know what it says."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import yaml  # type: ignore[import-untyped]


def read_yaml(path: Path) -> Any:
    """What stands in it. Raises ValueError with a sentence."""
    try:
        return yaml.load(path.read_text(), _Strict)  # noqa: S506 - a SafeLoader
    except OSError as why:
        raise ValueError(f"it cannot be read ({why.strerror}).") from why
    except (yaml.YAMLError, UnicodeDecodeError) as why:
        raise ValueError(f"it is no YAML: {' '.join(str(why).split())}.") from why


class _Strict(yaml.SafeLoader):  # type: ignore[misc]
    pass


def _mapping(loader: yaml.SafeLoader, node: yaml.MappingNode) -> dict[Any, Any]:
    made: dict[Any, Any] = loader.construct_mapping(node, deep=True)
    if len(made) < len(node.value):
        raise yaml.constructor.ConstructorError(None, None, "a name stands twice", node.start_mark)
    return made


_Strict.add_constructor("tag:yaml.org,2002:map", _mapping)
_Strict.add_constructor("tag:yaml.org,2002:timestamp", lambda loader, node: loader.construct_scalar(node))
