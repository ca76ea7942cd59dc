#!/usr/bin/env python3
"""Writes the tables of this folder: the same 40 made-up rows in every format, as other tools write them.

  python3 -m venv v && v/bin/pip install pandas==3.0.6 pyarrow==25.0.1 && v/bin/python make.py
"""
import json
import random
import sqlite3
import uuid

import pandas

rng = random.Random(7)
rows = []
for i in range(40):
    age = rng.randint(18, 80)
    income = round(rng.uniform(1000, 9000), 2)
    member = rng.random() < 0.5
    rows.append(
        {
            "id": str(uuid.UUID(int=rng.getrandbits(128))),
            "age": age,
            "income": None if i % 7 == 3 else income,
            "city": None if i % 11 == 5 else rng.choice(["Oslo", "Łódź", "San José"]),
            "member": member,
            "zip": f"{rng.randint(10000, 99999)}",
            "joined": f"2026-01-{i % 28 + 1:02d}T12:00:00",
            "status": "left" if age + (20 if member else 0) > 60 else "stays",
        }
    )
table = pandas.DataFrame(rows)
table.to_csv("customers.csv", index=False)
with open("customers.json", "w", encoding="utf-8") as file:
    json.dump([{k: v for k, v in row.items() if v is not None} for row in rows], file, ensure_ascii=False, indent=1)

typed = table.assign(joined=pandas.to_datetime(table["joined"]), tags=[["a", "b"]] * len(table))
typed.to_parquet("customers.parquet")
typed[typed["age"] > 30].to_parquet("filtered.parquet")

database = sqlite3.connect("customers.sqlite")
database.execute(
    "CREATE TABLE customers (id TEXT, age INTEGER, income REAL, city TEXT, member TEXT, zip TEXT, joined TEXT, status TEXT, photo BLOB)"
)
for row in rows:
    cells = {**row, "member": str(row["member"])}
    database.execute("INSERT INTO customers VALUES (?,?,?,?,?,?,?,?,?)", [*cells.values(), b"\x00\x01"])
database.commit()
database.execute("VACUUM")
database.close()
