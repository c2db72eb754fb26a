from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from freischalt.domain import release_file
from freischalt.domain.dongle import Grant
from freischalt.domain.release_file import (
    ACCOUNTS_A_DONGLE,
    DONGLES_A_CHUNK,
    read_releases,
)
from freischalt.errors import ImportRefused
from tests.factories import ACCOUNT, CARAT_ID, INFORMATION

HEADER = "account,carat_id,points,e,user_information\n"
GOOD = "10001,12345678,31,yes,90ABCDEF\n"


def problems(text: str | bytes) -> list[str]:
    with pytest.raises(ImportRefused) as refused:
        read_releases(text if isinstance(text, bytes) else text.encode())
    return refused.value.problems


def test_a_good_file_is_read() -> None:
    file = read_releases((HEADER + GOOD + "\n 10002 , 9abcdef0 ,0,YES,\n").encode())

    assert [(row.line, row.account, row.carat_id, row.grant) for row in file.rows] == [
        (2, "10001", "12345678", Grant(31, e_protocol=True, user_information=INFORMATION)),
        (4, "10002", "9ABCDEF0", Grant(0, e_protocol=True)),
    ]


@pytest.mark.parametrize(
    ("row", "problem"),
    [
        ("1 1,12345678,5,no,", "account: an account number is 1 to 20 letters, digits and hyphens"),
        (",12345678,5,no,", "account: an account number"),
        ("10001,1234567,5,no,", "carat_id: a Carat-ID has 8 hex digits, not all zero"),
        ("10001,00000000,5,no,", "carat_id: a Carat-ID has 8 hex digits"),
        ("10001,1E+10,5,no,", "carat_id: a Carat-ID has 8 hex digits"),
        ("10001,12345678,-5,no,", "points: points are a whole number from 0 to 999999"),
        ("10001,12345678,5.0,no,", "points: points are a whole number"),
        ("10001,12345678,05,no,", "points: points are a whole number"),
        ("10001,12345678,٣,no,", "points: points are a whole number"),
        ("10001,12345678,1000000,no,", "points: points are a whole number"),
        ("10001,12345678,,no,", "points: points are a whole number"),
        ("10001,12345678,5,,", "e: e is yes or no"),
        ("10001,12345678,5,1,", "e: e is yes or no"),
        ("10001,12345678,0,no,", "points: neither points nor E are released"),
        ("10001,12345678,5,no,00000000", "user_information: user information has 8 hex digits"),
        ("10001,12345678,5,no,xyz", "user_information: user information has 8 hex digits"),
        ("10001,12345678,5,no", "5: the row has 4 columns, the first line 5"),
        ("10001,12345678,5,no,,", "6: the row has 6 columns, the first line 5"),
    ],
)
def test_a_bad_row_names_line_and_column(row: str, problem: str) -> None:
    (found,) = problems(HEADER + "10001,AAAAAAAA,1,no,\n" + row + "\n")

    assert found.startswith(f"line 3, column {problem}")


def test_every_problem_of_every_row_is_told() -> None:
    found = problems(HEADER + "10001,1,x,maybe,\n" + GOOD + "?,12345678,1,no,\n")

    assert [problem.partition(":")[0] for problem in found] == [
        "line 2, column carat_id",
        "line 2, column points",
        "line 2, column e",
        "line 4, column account",
    ]


def test_a_pair_that_stands_twice_names_both_lines() -> None:
    assert problems(HEADER + GOOD + "10002,12345678,1,no,\n" + GOOD.lower()) == [
        "line 4, column carat_id: account 10001 and 12345678 stand on line 2 already"
    ]


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("", ["line 1, column account: missing"]),
        ("account,carat_id,points\n", ["line 1, column e: missing"]),
        ("account,carat_id,points,e,e\n", ["line 1, column e: stands 2 times"]),
        ("account,carat_id,points,e,price\n", ["line 1, column 'price': not known"]),
        (HEADER, ["line 2: the file has no rows"]),
        (HEADER.encode() + b"10001,12345678,5,no,\n\xff", ["line 3: not readable as UTF-8"]),
        (HEADER + '10001,"12345678,5,no,\n', ["line 2: not readable as CSV"]),
    ],
    ids=["empty", "missing", "twice", "unknown", "no-rows", "not-utf-8", "not-csv"],
)
def test_a_file_that_is_none(text: str | bytes, found: list[str]) -> None:
    assert [
        problem[: len(start)] for problem, start in zip(problems(text), found, strict=False)
    ] == found


def test_what_spreadsheets_save_is_read() -> None:
    excel = "\ufeffcarat_id;account;points;e\r\n12345678;10001;31;yes\r\n"

    (row,) = read_releases(excel.encode()).rows

    assert (row.account, row.carat_id, row.grant) == (ACCOUNT, CARAT_ID, Grant(31, e_protocol=True))


def test_the_id_is_that_of_the_content() -> None:
    other = "10002,12345678,5,no,\n"
    same = [GOOD + other, other + GOOD, GOOD.lower() + "\n" + other]
    different = [GOOD, GOOD.replace("31", "33") + other, GOOD.replace("yes", "no") + other]

    ids = [read_releases((HEADER + rows).encode()).id for rows in (*same, *different)]

    assert len(set(ids[:3])) == 1
    assert len(set(ids)) == 4
    assert len(ids[0]) == 16


def test_the_chunks_fit_a_transaction_and_are_always_the_same() -> None:
    rows = [f"{account},{n:08X},1,no,\n" for n in range(1, 251) for account in (10001, 10002)]

    chunks = read_releases((HEADER + "".join(rows)).encode()).chunks()

    assert [len(chunk) for chunk in chunks] == [DONGLES_A_CHUNK, DONGLES_A_CHUNK, 52]
    assert sum(len(accounts) for chunk in chunks for accounts in chunk.values()) == 500
    assert chunks == read_releases((HEADER + "".join(reversed(rows))).encode()).chunks()


def test_too_much_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(release_file, "MOST_ROWS", 150)
    accounts = "".join(f"{n},12345678,1,no,\n" for n in range(ACCOUNTS_A_DONGLE + 1))
    rows = "".join(f"10001,{n:08X},1,no,\n" for n in range(1, 152))

    assert "more than 100 accounts; split the file" in problems(HEADER + accounts)[0]
    assert "more than 150 rows; split the file" in problems(HEADER + rows)[0]


@given(
    st.one_of(st.binary(max_size=300), st.text(max_size=300).map(lambda t: (HEADER + t).encode()))
)
def test_no_file_crashes_the_reader(content: bytes) -> None:
    with suppress(ImportRefused):
        assert read_releases(content).rows
