"""The kinds of command that all of ours are: they know `--json`, `--no-color`, `--quiet` and `-` by themselves."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from contextvars import ContextVar
from functools import cache
from typing import TYPE_CHECKING, Annotated, Any, TypeVar

import typer
from typer.core import TyperCommand, TyperGroup

from portaldesk.cli import inputs
from portaldesk.render import manners

if TYPE_CHECKING:
    from typer._click.parser import _OptionParser

Function = TypeVar("Function", bound=Callable[..., Any])
MANNERS = ("--json", "--no-color", "--quiet")
_MANNERS_PANEL = "Manners"

only_names: ContextVar[bool] = ContextVar("only_names", default=False)
"""Whether commands are registered for the overview alone: by name and first sentence, their options unread."""


def _json(value: bool) -> bool:
    if value:
        manners.use(json=True)
    return value


def _no_color(value: bool) -> bool:
    if value:
        manners.use(color=False)
    return value


def _quiet(value: bool) -> bool:
    if value:
        manners.use(quiet=True)
    return value


@cache
def _manners_options() -> list[Any]:
    """The three options, made once by Typer itself from a command that nobody calls."""
    app = typer.Typer(add_completion=False)

    @app.command()
    def spoken(
        json: Annotated[
            bool,
            typer.Option("--json", help="One JSON document on stdout.", callback=_json, expose_value=False,
                         is_eager=True, rich_help_panel=_MANNERS_PANEL),
        ] = False,
        no_color: Annotated[
            bool,
            typer.Option("--no-color", help="No colours.", callback=_no_color, expose_value=False, is_eager=True,
                         rich_help_panel=_MANNERS_PANEL),
        ] = False,
        quiet: Annotated[
            bool,
            typer.Option("--quiet", help="Only what cannot be left out.", callback=_quiet, expose_value=False,
                         is_eager=True, rich_help_panel=_MANNERS_PANEL),
        ] = False,
    ) -> None:  # fmt: skip
        """Never called."""

    return [param for param in typer.main.get_command(app).params if set(param.opts) & set(MANNERS)]


def _without_bool(params: Iterable[Any]) -> None:
    """A switch stands in the help without `<bool>`, as Typer 0.29 writes: that looks like a value to be typed."""
    for param in params:
        if getattr(param, "is_flag", False) and param.metavar is None:
            param.display_type_rich = lambda ctx: None


class Command(TyperCommand):
    """A command of portaldesk: manners, and `-` for the next line of stdin."""

    def format_help(self, ctx: Any, formatter: Any) -> None:
        """The help, its switches shown as switches."""
        _without_bool(self.get_params(ctx))
        super().format_help(ctx, formatter)

    def __init__(self, *args: Any, **more: Any) -> None:
        super().__init__(*args, **more)
        self.params = [*self.params, *_manners_options()]

    def make_parser(self, ctx: Any) -> _OptionParser:
        """The parser, with `-` read between parsing and judging: only then is it known which value it is."""
        parser = super().make_parser(ctx)
        if ctx.resilient_parsing:  # shell completion: nothing is read
            return parser
        parse = parser.parse_args
        options = [param for param in self.get_params(ctx) if param.param_type_name == "option"]
        known = frozenset(opt for param in options for opt in param.opts)
        files = frozenset(param.name for param in self.params if _is_file(param))
        valued = frozenset(
            opt for param in options if _may_be_asked(param) for opt in param.opts if param.name not in files
        )

        def parse_args(args: list[str]) -> Any:
            found, rest, order = parse(inputs.marked(args, valued, known))
            if found.get("help"):
                return found, rest, order
            values, read = inputs.filled(found, skip=files)
            ctx.meta[inputs.FROM_STDIN] = read
            return values, rest, order

        parser.parse_args = parse_args  # type: ignore[method-assign]
        return parser


class Group(TyperGroup):
    """A group of commands: manners may stand before the command as well; without a command it shows its help."""

    command_class = Command

    def format_help(self, ctx: Any, formatter: Any) -> None:
        """The help, its switches shown as switches."""
        _without_bool(self.get_params(ctx))
        super().format_help(ctx, formatter)

    def __init__(self, *args: Any, **more: Any) -> None:
        super().__init__(*args, **more)
        self.params = [*self.params, *_manners_options()]

    def parse_args(self, ctx: Any, args: list[str]) -> list[str]:
        if not args and self.no_args_is_help and not ctx.resilient_parsing:
            typer.echo(ctx.get_help())
            ctx.exit(0)
        return super().parse_args(ctx, args)


def new_group(name: str, help: str, panel: str, parent: typer.Typer) -> typer.Typer:
    """A group of commands under `parent`, in one of its help panels."""
    group = typer.Typer(cls=Group, no_args_is_help=True, rich_markup_mode="rich", add_completion=False)
    parent.add_typer(group, name=name, help=help, rich_help_panel=panel)
    return group


def command(app: typer.Typer, name: str, panel: str | None = None) -> Callable[[Function], Function]:
    """Register a command of ours: `@command(app, "unlock", ON_THE_CALL)`."""
    register = app.command(name, cls=Command, rich_help_panel=panel)
    return _registering_its_name(register) if only_names.get() else register


def _registering_its_name(register: Callable[[Any], Any]) -> Callable[[Function], Function]:
    """Typer reads every signature to draw an overview that shows none of it; a caller is waiting."""

    def decorate(function: Function) -> Function:
        def named() -> None: ...

        named.__doc__ = function.__doc__
        named.__annotations__ = {}  # a written one would be compiled for every command
        register(named)
        return function

    return decorate


def _is_file(param: Any) -> bool:
    kind = getattr(param, "type_descriptor", None)
    return bool(kind is not None and (kind.is_path or kind.is_file))


def _may_be_asked(param: Any) -> bool:
    """Free text is asked for; a choice or a number left out is a slip of the command line."""
    kind = getattr(param, "type_descriptor", None)
    return not param.is_flag and not param.count and not (kind is not None and (kind.is_choice or kind.is_ranged))
