"""The deployment's steps, in their order. Each module knows one kind of thing that stands in the cloud."""

from collections.abc import Callable, Iterator, Mapping
from functools import partial

from infra.cloud.parts import FUNCTIONS
from infra.cloud.plan import alerts, functions, ground, image, media, number, pipeline, schedules, secret_store, traffic
from infra.cloud.site import Site
from infra.cloud.steps import Step

PLAN: Mapping[str, Callable[[Site], Iterator[Step]]] = {
    "project": ground.steps,
    "secrets": secret_store.steps,
    "image": image.steps,
    "schema": image.job_steps,
    "media": media.steps,
    **{function.target: partial(functions.steps, function) for function in FUNCTIONS},
    "schedules": schedules.steps,
    "number": number.steps,
    "traffic": traffic.steps,
    "alerts": alerts.steps,
    pipeline.PHASE: pipeline.steps,
}
# What a deployment does unless it is told what.
USUAL = tuple(phase for phase in PLAN if phase != pipeline.PHASE)


def plan(site: Site, phases: tuple[str, ...] = tuple(PLAN)) -> Iterator[Step]:
    """The steps of these phases, made one after the other, because the later ask for what the earlier have done."""
    for phase in PLAN:
        if phase in phases:
            yield from PLAN[phase](site)
