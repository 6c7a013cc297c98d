"""Tortoise's migrations without what only queries need.

For every operation of a migration the library makes all models anew as they were before it, and prepares each for
querying: hundreds of filters a model, tens of thousands of models in all, half a minute for an empty desk. Most
operations never look back, none of ours queries those models (data is changed in SQL), and the statements that come
out are the same, so here the models are made when somebody asks, and without their filters.
"""

from functools import cached_property

from tortoise.migrations.executor import MigrationExecutor
from tortoise.migrations.graph import MigrationKey
from tortoise.migrations.migration import Migration
from tortoise.migrations.schema_generator.state import ModelState, State
from tortoise.migrations.schema_generator.state_apps import StateApps


class SchemaApps(StateApps):
    """The models of one moment: complete enough to write their tables, columns, keys and indexes."""

    def _build_initial_querysets(self) -> None:
        for app in self.apps.values():
            for model in app.values():
                if model._meta._inited:
                    model._meta.finalise_fields()
                    model._meta._resolve_index_expressions()


class SchemaState(State):
    def clone(self) -> State:
        return _Earlier({key: model.clone() for key, model in self.models.items()}, self.apps)


class _Earlier(SchemaState):
    def __init__(self, models: dict[tuple[str, str], ModelState], now: StateApps) -> None:
        self.models = models
        self._now = now

    @cached_property
    def apps(self) -> StateApps:  # type: ignore[override]
        return self._now.clone(model_states=self.models)


class SchemaExecutor(MigrationExecutor):
    async def _project_state(self, applied: set[MigrationKey], *, upto: MigrationKey | None = None) -> State:
        default = {app: config.get("default_connection", "default") for app, config in self.loader.apps_config.items()}
        state = SchemaState(models={}, apps=SchemaApps(default_connections=default))
        for key in self._full_plan():
            if key == upto:
                break
            migration = self.loader.graph.nodes[key]
            if key in applied and isinstance(migration, Migration):
                await migration.apply(state, dry_run=True)
        return state
