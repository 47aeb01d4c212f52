"""The text of a query -> its tree; which fields there are, `persistence.repositories.media_fields` knows."""

from __future__ import annotations

import re
from functools import cache

from lark import Lark, Token, Transformer, v_args
from lark.exceptions import UnexpectedCharacters, UnexpectedEOF, UnexpectedInput

from deepshield.domain.errors import Code, DeepShieldError
from deepshield.domain.queries import Group, Item, Not, Query, Term, Text

LONGEST = 2_000  # characters
_DEEPEST = 8  # groups within groups
_MOST_ITEMS = 60

_GRAMMAR = r"""
start: item*
?item: "-" atom -> negated
     | atom
?atom: FIELD value -> term
     | (WORD | QUOTED) -> text
     | "(" alternative (_OR alternative)* ")" -> group
alternative: item+
value: VALUE | QUOTED

FIELD.3: /[A-Za-z][A-Za-z0-9_]*(?::|>=|<=|>|<)/
_OR.2: /OR(?=[\s()"]|$)/
QUOTED: /"(?:[^"\\]|\\.)*"/
VALUE: /[^\s()"]+/
WORD.1: /[^\s()"\-][^\s()"]*/
WS: /\s+/
%ignore WS
"""
_PARTS = re.compile(r"(\w+)(\W+)")
_ESCAPED = re.compile(r"\\(.)", re.DOTALL)


class _Build(Transformer[Token, Query]):
    """Makes the tree while the text is parsed, so that no depth of it is recursed through."""

    @v_args(inline=True)
    def value(self, token: Token) -> Token:
        return token

    @v_args(inline=True)
    def term(self, field: Token, value: Token) -> Term:
        parts = _PARTS.fullmatch(field)
        assert parts is not None, "the grammar has both"
        return Term(parts[1].lower(), parts[2], _plain(value), _start(field), _start(value))

    @v_args(inline=True)
    def text(self, token: Token) -> Text:
        return Text(_plain(token), _start(token))

    @v_args(inline=True)
    def negated(self, item: Text | Term | Group) -> Not:
        return Not(item)

    def alternative(self, items: list[Item]) -> Query:
        return Query(tuple(items))

    def group(self, alternatives: list[Query]) -> Group:
        return Group(tuple(alternatives))

    def start(self, items: list[Item]) -> Query:
        return Query(tuple(items))


@cache
def _parser() -> Lark:
    return Lark(_GRAMMAR, parser="lalr", transformer=_Build())


def parse(text: str) -> Query:
    """Return the tree of a query's text.

    Raises `DeepShieldError` QUERY_INVALID, whose details have the ``position`` of what cannot be read.
    """
    if len(text) > LONGEST:
        raise refused(f"A search may have {LONGEST} characters. Make it shorter.", LONGEST)
    if "\0" in text:
        raise refused("This character cannot be searched for.", text.index("\0"))
    _refuse_depth(text)
    try:
        query = _parser().parse(text)
    except UnexpectedInput as error:
        raise refused(_said(error, text), _place(error, text)) from error
    assert isinstance(query, Query)
    if sum(1 for _ in re.finditer(r"[^\s()]+", text)) > _MOST_ITEMS:
        raise refused(f"A search may have {_MOST_ITEMS} parts. Make it shorter.", 0)
    return query


def refused(message: str, position: int, **details: object) -> DeepShieldError:
    """Return the refusal of a query, with the place in its text, from 0."""
    return DeepShieldError(Code.QUERY_INVALID, message, position=position, **details)


def _refuse_depth(text: str) -> None:
    depth = 0
    for match in re.finditer(r'"(?:[^"\\]|\\.)*"|[()]', text):
        depth += {"(": 1, ")": -1}.get(match[0], 0)
        if depth > _DEEPEST:
            raise refused(f"Parentheses may be {_DEEPEST} deep. Take some away.", match.start())


def _said(error: UnexpectedInput, text: str) -> str:
    if isinstance(error, UnexpectedCharacters):
        place = error.pos_in_stream or 0
        bad = text[place : place + 1]
        if bad == '"':
            return "A quotation mark is not closed. Put another one behind the text."
        return f"The character {bad} cannot stand here. Put the text in quotation marks."
    token = getattr(error, "token", None)
    if isinstance(error, UnexpectedEOF) or token is None or token.type == "$END":
        return "Something is missing at the end: a value after a field, or a closing parenthesis."
    if token.type == "_OR":
        return "OR stands between alternatives within parentheses: (a OR b)."
    return f"{token} cannot stand here. Put it in quotation marks if it is text."


def _place(error: UnexpectedInput, text: str) -> int:
    token = getattr(error, "token", None)
    if token is not None and token.type == "$END":
        return len(text)
    place = error.pos_in_stream
    return len(text) if place is None or place < 0 else place


def _plain(token: Token) -> str:
    text = str(token)
    return _ESCAPED.sub(r"\1", text[1:-1]) if token.type == "QUOTED" else text


def _start(token: Token) -> int:
    return token.start_pos or 0
