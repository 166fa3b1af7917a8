"""What all engines share (store/engine.py); how they open files is tested with the database."""

from __future__ import annotations

from sqlalchemy import literal, select
from sqlalchemy.engine.interfaces import CacheStats

from proxyd.store.engine import reading_engine, writing_engine


def test_a_statement_is_compiled_once_whichever_file_it_is_for(tmp_path):
    hits = []
    for number, engine_of in enumerate((writing_engine, reading_engine, writing_engine)):
        with engine_of(tmp_path / f"{number}.db").connect() as connection:
            result = connection.execute(select(literal("any").label("shared by all")))
            assert result.scalar() == "any"
            hits.append(result.context.cache_hit)
    assert hits == [CacheStats.CACHE_MISS, CacheStats.CACHE_HIT, CacheStats.CACHE_HIT]
