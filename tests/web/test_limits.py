from overt.web import limits
from overt.web.limits import Allowance, Buckets


def test_a_bucket_fills_as_time_goes_by():
    now = [0.0]
    buckets = Buckets(Allowance(at_once=2, a_minute=60), lambda: now[0])
    assert [buckets.wait("a") for _ in range(2)] == [0, 0]
    assert buckets.wait("a") == 1.0
    assert buckets.wait("b") == 0
    now[0] = 0.75
    assert buckets.wait("a") == 0.25
    now[0] = 1.0
    assert buckets.wait("a") == 0
    now[0] = 100.0
    assert [buckets.wait("a") == 0 for _ in range(3)] == [True, True, False]


def test_only_so_many_callers_are_remembered(monkeypatch):
    monkeypatch.setattr(limits, "MOST_CALLERS", 3)
    buckets = Buckets(Allowance(1, 60), lambda: 0.0)
    for caller in "abcd":
        assert buckets.wait(caller) == 0
    assert buckets.wait("a") == 0, "it was forgotten"
    assert buckets.wait("d") > 0
