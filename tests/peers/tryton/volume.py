#!/usr/bin/env python3
"""Adds posted receivables to a database of the story, by SQL: posting them one by one would take hours.

usage: volume.py DATABASE_FILE MOVES     each move has a receivable line with a maturity date, and its revenue
"""
import datetime as dt
import sqlite3
import sys

FILE, MOVES = sys.argv[1], int(sys.argv[2])
DAY = dt.timedelta(1)
TODAY = dt.date.today()
db = sqlite3.connect(FILE)


def one(query, *values):
    return db.execute(query, values).fetchone()[0]


def decimal(text):
    """As Tryton keeps numbers in SQLite."""
    return text.encode()


owed = one("select account from account_move_line where maturity_date is not null order by id limit 1")
sold = one("select account from account_move_line where party is null order by id limit 1")
journal = one("select id from account_journal where code = 'REV'")
parties = [row[0] for row in db.execute("select id from party_party where code like 'C-%' order by id")]
last_move, last_line = one("select max(id) from account_move"), one("select max(id) from account_move_line")
periods = [(dt.date.fromisoformat(begin), dt.date.fromisoformat(end), key) for begin, end, key in db.execute(
    "select start_date, end_date, id from account_period where type = 'standard'")]
stamp = dt.datetime.now(dt.timezone.utc).strftime('%Y-%m-%d %H:%M:%S.%f')
moves, lines = [], []
for i in range(1, MOVES + 1):
    due = TODAY - i % 200 * DAY
    day = due - 30 * DAY
    period = next(key for begin, end, key in periods if begin <= day <= end)
    amount = decimal(f'{100 + i * 7919 % 900000 / 100:.2f}')
    move, party = last_move + i, parties[i % len(parties)]
    moves.append((move, journal, period, day.isoformat(), f'V{i}', TODAY.isoformat(), stamp))
    first = last_line + 2 * i - 1
    lines.append((first, owed, amount, decimal('0'), due.isoformat(), move, party, stamp))
    lines.append((first + 1, sold, decimal('0'), amount, None, move, None, stamp))
db.executemany("insert into account_move (id, company, journal, period, date, number, state, post_date, create_date)"
    " values (?, 1, ?, ?, ?, ?, 'posted', ?, ?)", moves)
db.executemany("insert into account_move_line (id, account, debit, credit, maturity_date, move, party, state,"
    " create_date) values (?, ?, ?, ?, ?, ?, ?, 'valid', ?)", lines)
db.commit()
