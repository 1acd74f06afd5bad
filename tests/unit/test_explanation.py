"""What a dispatcher reads at three in the morning: three lines, in English and Vietnamese."""

import json
from dataclasses import dataclass, replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from gridops.events import Event, FaultFlagChanged
from gridops.events.operator import TagKind
from gridops.ids import SectionId, SwitchId
from gridops.incident import Phase
from gridops.incident.explanation import Told, explanation_of, told_of
from gridops.incident.explanation_where import Clocks
from gridops.measurement import PHASES, Measured, Part, Quality, Reading
from gridops.network import IndicatorKind, Network, draw
from gridops.network.naming import Names
from gridops.outage import Cause, Heard, Location, infer
from gridops.reasons import Reason
from tests.playbook import FEEDER, NIGHT, Playbook, Wait
from tests.playbook_reports import EarthFault, Gasps, Patrolled, silent
from tests.playbook_words import Done, Flagged, Halted, Released, Repaired, Tagged, Tripped

ROOT = Path(__file__).resolve().parent.parent.parent
WORDS = json.loads((ROOT / "console/src/i18n/vi.json").read_text())
VIETNAMESE = {k.removeprefix("reason."): v for k, v in WORDS.items() if k.startswith("reason.")}
CALLED: dict[str, dict[str, Any]] = {
    "b1": {"name": "MC 471"},
    **{f"s{k}": {"name": f"LBS {k}"} for k in range(1, 7)},
    "t1": {"name": "LBS LL"},
}
INDICATORS = ("s1", "s2", "s3", "s4", "t1")
LONG = "S1 [b1] A [s1] B [s2] C [s3] D [s4] E [s5] F [s6] G (t1) H [b2] S2"


@dataclass(frozen=True)
class Said:
    """An indicator speaks, by its own clock `clock_s` from now."""

    switch: str
    reading: Reading = Reading.YES
    quality: Quality = Quality.GOOD
    clock_s: float = 0.0

    def events(self, play: Playbook) -> list[Event]:
        return [
            FaultFlagChanged(
                at=play.now,
                source_time=play.now + timedelta(seconds=self.clock_s),
                switch=SwitchId(self.switch),
                reading=self.reading,
                quality=self.quality,
            )
        ]


def night(drawing: str = FEEDER, **change: dict[str, Any]) -> Playbook:
    named = {s: {**CALLED.get(s, {}), **change.get(s, {})} for s in CALLED if f"{s}" in drawing}
    return Playbook(drawing, change=named)


def read(reasons: tuple[Reason, ...], network: Network) -> list[str]:
    """English, then Vietnamese."""
    names = Names(network)
    english = [reason.in_english(names) for reason in reasons]
    return english + [reason.in_words(VIETNAMESE, names) for reason in reasons]


def lines(play: Playbook, *, wait_s: float = 10.0) -> list[str]:
    play.forget_after(wait_s)
    incident = play.incident()
    dark = play.desk.dark_of(incident)
    told = told_of(
        incident,
        customers=sum(play.network.sections[s].customers for s in dark),
        flags=play.desk.state.flags,
        now=play.now,
        execution_enabled=play.settings.execution_enabled,
        away=len(play.desk.away_of(incident)),
    )
    return read(explanation_of(told), play.network)


# good evidence, from the first second on


def test_at_first_it_says_what_is_known_and_to_wait() -> None:
    assert lines(night() >> Tripped("b1"), wait_s=0) == [
        "500 customers without supply since 02:14:00 UTC: MC 471 tripped.",
        "Not located yet: the devices are still reporting.",
        "Wait for the indicators: a plan follows by itself.",
        "500 khách hàng mất điện từ 02:14:00 UTC: MC 471 đã nhảy.",
        "Chưa định vị được: các thiết bị còn đang gửi tín hiệu.",
        "Chờ các bộ chỉ thị sự cố: phương án sẽ tự hiện ra.",
    ]


def test_good_evidence_names_the_place_and_the_plan() -> None:
    assert lines(night() >> Flagged("s1") >> Flagged("s2") >> Tripped("b1")) == [
        "500 customers without supply since 02:14:00 UTC: MC 471 tripped.",
        "Fault almost certainly in C (97 %). Fault current passed LBS 1, LBS 2, not LBS 3.",
        "Release the plan: 200 customers back within 1 min; guard and power flow passed it. "
        "300 wait for the repair. Send a crew to C first.",
        "500 khách hàng mất điện từ 02:14:00 UTC: MC 471 đã nhảy.",
        "Điểm sự cố gần như chắc chắn ở C (97 %). Dòng sự cố qua LBS 1, LBS 2, không qua LBS 3.",
        "Cho thực hiện phương án: 200 khách hàng có điện lại trong 1 phút; đã qua giám "
        "sát an toàn và tính trào lưu. 300 khách hàng chờ sửa chữa. Cử đội đến C trước.",
    ]


def test_the_third_line_follows_the_plan_to_its_end() -> None:
    play = night() >> Flagged("s1") >> Flagged("s2") >> Tripped("b1")
    assert lines(play)[2].startswith("Release the plan")
    assert lines(play >> Released(), wait_s=0)[2] == (
        "The plan is running: watch it; STOP halts before the next step."
    )
    assert lines(play >> Halted(), wait_s=0)[2] == (
        "Stopped: see why, then plan again. Nothing moves by itself. Send a crew to C first."
    )


# what must be shown: information that is bad in every way


def test_zero_indicators() -> None:
    bare = {s: {"indicator": IndicatorKind.NONE} for s in INDICATORS}
    assert lines(night(**bare) >> Tripped("b1"))[1:] == [
        "Nothing tells where the fault is: it may be in any of 5 sections. "
        "No indicator is fitted there.",
        "No switching is safe yet. Send a crew along the whole part.",
        "500 khách hàng mất điện từ 02:14:00 UTC: MC 471 đã nhảy.",
        "Chưa có gì cho biết vị trí: sự cố có thể ở bất kỳ phân đoạn nào trong 5 phân đoạn. "
        "Ở đó không lắp bộ chỉ thị sự cố nào.",
        "Chưa có thao tác nào an toàn. Cử đội đi kiểm tra toàn bộ phần này.",
    ]


def test_all_failed() -> None:
    play = night()
    for switch in INDICATORS:
        play = play >> Said(switch, Reading.FAILED, Quality.BAD)
    assert lines(play >> Tripped("b1"))[1:] == [
        "Nothing tells where the fault is: it may be in any of 5 sections. "
        "No reading from any of the 4 indicators there.",
        "No switching is safe yet. Send a crew along the whole part.",
        "500 khách hàng mất điện từ 02:14:00 UTC: MC 471 đã nhảy.",
        "Chưa có gì cho biết vị trí: sự cố có thể ở bất kỳ phân đoạn nào trong 5 phân đoạn. "
        "Cả 4 bộ chỉ thị sự cố ở đó đều không có tín hiệu.",
        "Chưa có thao tác nào an toàn. Cử đội đi kiểm tra toàn bộ phần này.",
    ]


def test_all_flagged_also_beyond_the_open_tie() -> None:
    play = night()
    for switch in INDICATORS:
        play = play >> Flagged(switch)
    found = lines(play >> Tripped("b1"))
    assert [found[1], found[4]] == [
        "Fault almost certainly in E (99 %). Fault current passed LBS 1, LBS 2, LBS 4. "
        "Against: LBS LL flagged, but no fault current can have passed it.",
        "Điểm sự cố gần như chắc chắn ở E (99 %). Dòng sự cố qua LBS 1, LBS 2, LBS 4. "
        "Trái lại: LBS LL báo sự cố, nhưng dòng sự cố không thể đi qua thiết bị này.",
    ]


def test_indications_that_contradict_each_other() -> None:
    play = night(LONG)
    for switch in ("s2", "s5", "s6"):
        play = play >> Flagged(switch)
    found = lines(play >> Tripped("b1"))
    assert [found[1], found[2], found[4], found[5]] == [
        "The indications contradict each other: the fault may be in any of 7 sections. "
        "Fault current passed LBS 2, LBS 5, LBS 6. "
        "Against: LBS 1, LBS 3, LBS 4 stayed silent, although fault current should have passed. "
        "Best guess: G 66 %, C 18 %, A 10 %.",
        "No switching is safe yet. Send a crew: G first, then the whole part.",
        "Các chỉ dấu mâu thuẫn nhau: sự cố có thể ở bất kỳ phân đoạn nào trong 7 phân đoạn. "
        "Dòng sự cố qua LBS 2, LBS 5, LBS 6. "
        "Trái lại: LBS 1, LBS 3, LBS 4 không báo, dù lẽ ra có dòng sự cố đi qua. "
        "Khả năng cao nhất: G 66 %, C 18 %, A 10 %.",
        "Chưa có thao tác nào an toàn. Cử đội kiểm tra: G trước, rồi toàn bộ phần này.",
    ]


def test_one_indicator_that_stayed_silent_leaves_two_places() -> None:
    found = lines(night() >> Flagged("s1") >> Flagged("s3") >> Tripped("b1"))
    assert [found[1], found[2]] == [
        "Likely: D 65 %, B 33 %. 3 more not ruled out. "
        "Fault current passed LBS 1, LBS 3, not LBS 4. "
        "Against: LBS 2 stayed silent, although fault current should have passed it.",
        "No switching is safe yet. Worth trying, but it may close onto the fault: open LBS 3, "
        "close from the source side; saves about 9900 customer minutes.",
    ]


# phases, people, clocks, and faults that are none or two


def good(value: Any) -> Measured[Any]:
    return Measured(value, Quality.GOOD, NIGHT)


def phases(**said: str) -> dict[tuple[SwitchId, Part], Measured[Reading]]:
    """`s1="an"`: s1 flagged phase a and residual current, and not the others."""
    return {
        (SwitchId(switch), part): good(Reading.YES if part.value in word else Reading.NO)
        for switch, word in said.items()
        for part in PHASES
    }


def network() -> Network:
    return draw(FEEDER, change={s: called for s, called in CALLED.items() if s in FEEDER})


def where(grid: Network, location: Location, **known: Any) -> list[str]:
    told = Told(
        network=grid,
        cause=Cause.FAULT,
        phase=Phase.PROPOSED,
        devices=(SwitchId("b1"),),
        feeders=tuple(grid.heads)[:1],
        customers=500,
        location=location,
    )
    if "clocks" not in known:
        known["clocks"] = Clocks(NIGHT, NIGHT, NIGHT)
    english = read(explanation_of(replace(told, **known)), grid)
    return [english[1], english[4]]


def located(**heard: Any) -> list[str]:
    grid = network()
    asked = Heard(
        closed_before=grid.normally_closed, since=NIGHT, tripped=(SwitchId("b1"),), **heard
    )
    return where(grid, infer(grid, asked))


def test_phases_that_fit() -> None:
    assert located(part_flags=phases(s1="an", s2="an", s3="", s4="")) == [
        "Fault almost certainly in C (99 %). Fault current passed LBS 1, LBS 2, not LBS 3.",
        "Điểm sự cố gần như chắc chắn ở C (99 %). Dòng sự cố qua LBS 1, LBS 2, không qua LBS 3.",
    ]


def test_phases_that_contradict_each_other() -> None:
    english, vietnamese = located(part_flags=phases(s1="a", s2="b", s3="c", s4="a"))
    assert english.startswith(
        "The indications contradict each other: the fault may be in any of 5 sections. "
        "Against: the phases that LBS 1, LBS 2, LBS 3 flagged do not fit each other; 1 more. "
    )
    assert vietnamese.startswith(
        "Các chỉ dấu mâu thuẫn nhau: sự cố có thể ở bất kỳ phân đoạn nào trong 5 phân đoạn. "
        "Trái lại: các pha mà LBS 1, LBS 2, LBS 3 báo không khớp với nhau; "
        "và 1 chỉ dấu nữa. "
    )


def test_flags_whose_clock_is_an_hour_slow_are_named_and_not_counted() -> None:
    play = night() >> Said("s1", clock_s=-3600) >> Said("s2", clock_s=-3600) >> Tripped("b1")
    found = lines(play)
    assert [found[1], found[4]] == [
        "Fault in one of 3 sections between MC 471 and LBS 3 (99 % together): A, B, C. "
        "No fault current passed LBS 3, LBS 4. LBS 1, LBS 2 flagged, dated 60 min before the trip "
        "(an old flag, or a wrong clock): not counted.",
        "Điểm sự cố ở một trong 3 phân đoạn giữa MC 471 và LBS 3 (tổng 99 %): A, B, C. "
        "Không có dòng sự cố qua LBS 3, LBS 4. LBS 1, LBS 2 báo sự cố nhưng ghi thời điểm trước "
        "lúc nhảy 60 phút (tín hiệu cũ, hoặc đồng hồ sai): không tính.",
    ]


def test_flags_whose_clock_is_an_hour_fast_are_named() -> None:
    grid = network()
    flags = {
        SwitchId(s): Measured(Reading.YES, Quality.GOOD, NIGHT + timedelta(hours=1))
        for s in ("s1", "s2")
    } | {SwitchId(s): good(Reading.NO) for s in ("s3", "s4")}
    heard = Heard(
        closed_before=grid.normally_closed, since=NIGHT, tripped=(SwitchId("b1"),), flags=flags
    )
    assert where(grid, infer(grid, heard), flags=flags)[0] == (
        "Fault almost certainly in C (97 %). Fault current passed LBS 1, LBS 2, not LBS 3. "
        "LBS 1, LBS 2 flagged, dated 60 min after now: the clock is wrong."
    )


@pytest.mark.parametrize(
    ("hours", "english", "vietnamese"),
    [
        (
            1,
            "500 customers without supply since 02:14:00 UTC: MC 471 tripped. MC 471 "
            "dates this 60 min after we heard of it: its clock is fast, so count the time from the "
            "alarm.",
            "500 khách hàng mất điện từ 02:14:00 UTC: MC 471 đã nhảy. MC 471 "
            "ghi thời điểm muộn hơn 60 phút so với lúc nhận tin: đồng hồ chạy nhanh, nên tính giờ "
            "từ lúc có cảnh báo.",
        ),
        (
            -1,
            "500 customers without supply since 02:14:00 UTC: MC 471 tripped. MC 471 "
            "dates this 60 min before we heard of it: its clock is slow, or the message came late.",
            "500 khách hàng mất điện từ 02:14:00 UTC: MC 471 đã nhảy. MC 471 "
            "ghi thời điểm sớm hơn 60 phút so với lúc nhận tin: đồng hồ chạy chậm, hoặc tin đến "
            "trễ.",
        ),
    ],
)
def test_a_breaker_whose_clock_is_an_hour_off(hours: int, english: str, vietnamese: str) -> None:
    """Since when is then told by our own clock."""
    grid = network()
    told = Told(
        network=grid,
        cause=Cause.FAULT,
        phase=Phase.SETTLING,
        devices=(SwitchId("b1"),),
        feeders=tuple(grid.heads)[:1],
        customers=500,
        clocks=Clocks(NIGHT + timedelta(hours=hours), NIGHT, NIGHT),
    )
    found = read(explanation_of(told), grid)
    assert [found[0], found[3]] == [english, vietnamese]


def test_two_faults() -> None:
    grid = draw("S1 [b1] A [s1] B [s2] C [s3] D\nA [s4] E [s5] F [s6] G")
    flags = {SwitchId(f"s{k}"): good(Reading.YES) for k in range(1, 7)}
    heard = Heard(
        closed_before=grid.normally_closed, since=NIGHT, tripped=(SwitchId("b1"),), flags=flags
    )
    assert where(grid, infer(grid, heard)) == [
        "Probably two faults: G 96 %, D 96 %. Fault current passed s1, s3, s6.",
        "Nhiều khả năng có hai điểm sự cố: G 96 %, D 96 %. Dòng sự cố qua s1, s3, s6.",
    ]


def test_most_likely_no_fault_at_all() -> None:
    grid = network()
    heard = Heard(
        closed_before=grid.normally_closed,
        since=NIGHT,
        flags={SwitchId(f"s{k}"): good(Reading.NO) for k in range(1, 5)},
        scope=frozenset(map(SectionId, ("SA", "SB", "SC", "SD", "SE"))),
    )
    assert where(grid, infer(grid, heard)) == [
        "Probably no fault at all (83 %). No fault current passed LBS 1, LBS 2, LBS 3. "
        "If there is one: A 98 %.",
        "Nhiều khả năng không có sự cố nào (83 %). Không có dòng sự cố qua LBS 1, LBS 2, LBS 3. "
        "Nếu có thì ở: A 98 %.",
    ]


def test_supply_lost_from_above_is_nobody_of_ours() -> None:
    grid = network()
    told = Told(
        network=grid,
        cause=Cause.LOST_SUPPLY,
        phase=Phase.PROPOSED,
        devices=(),
        feeders=tuple(grid.heads)[:1],
        customers=500,
        clocks=Clocks(NIGHT, NIGHT, NIGHT),
    )
    assert read(explanation_of(told), grid) == [
        "500 customers on MC 471 without supply since 02:14:00 UTC: the grid above is dead, "
        "nothing tripped here.",
        "The fault is not on this grid: it lies above the feeder heads.",
        "No plan is proposed: see the timeline. Ask the control room of the grid above.",
        "500 khách hàng của MC 471 mất điện từ 02:14:00 UTC: lưới phía trên mất điện, "
        "ở đây không có thiết bị nào nhảy.",
        "Sự cố không ở lưới này: nó nằm phía trên máy cắt đầu xuất tuyến.",
        "Chưa đề xuất phương án: xem diễn biến. Liên hệ điều độ lưới cấp trên.",
    ]


# what nobody tripped for, and what people found


LATERALS = """
S1 [b1] A [s1] B [s2] D (t1) E [b2] S2
B [f1] G [s3] H"""


def test_an_earth_fault_without_a_trip_is_to_be_searched() -> None:
    found = lines(night() >> EarthFault("b1"), wait_s=60)
    assert [found[0], found[2], found[3], found[5]] == [
        "Everybody has supply. An earth fault has been signalled since 02:14:00 UTC: MC 471.",
        "Nobody waits for supply, but the earth fault stands: find it. "
        "Send a crew along the whole part.",
        "Mọi khách hàng đều có điện. Có báo chạm đất từ 02:14:00 UTC: MC 471.",
        "Không ai chờ điện, nhưng chạm đất vẫn còn: hãy tìm điểm chạm đất. "
        "Cử đội đi kiểm tra toàn bộ phần này.",
    ]


def test_an_earth_fault_that_a_crew_has_found_is_not_to_be_found_again() -> None:
    found = lines(night() >> EarthFault("b1") >> Patrolled("B", found=True), wait_s=60)
    assert [found[2], found[5]] == [
        "Nobody waits for supply, but the earth fault stands where the crew found it: "
        "isolate it by hand and have it repaired.",
        "Không ai chờ điện, nhưng chạm đất vẫn còn ở nơi đội đã tìm thấy: "
        "cô lập bằng tay rồi cho sửa chữa.",
    ]


def test_a_fuse_that_tells_nobody_is_named_as_presumed() -> None:
    play = Playbook.on(silent(LATERALS, "f1"), night().settings)
    found = lines(play >> Gasps("G") >> Gasps("H", 60), wait_s=40)
    assert [found[0], found[3]] == [
        "200 customers on b1 without supply since 02:14:00 UTC, by meters and calls. "
        "f1 does not report and must be open.",
        "200 khách hàng của b1 mất điện từ 02:14:00 UTC, theo công tơ và cuộc gọi. "
        "f1 không gửi tín hiệu, hẳn đang mở.",
    ]


def test_what_a_crew_found_ends_the_guessing() -> None:
    play = night() >> Flagged("s1") >> Flagged("s3") >> Tripped("b1")
    play.forget_after(10)
    found = lines(play >> Patrolled("D", found=True))
    assert [found[1], found[2], found[4], found[5]] == [
        "A crew found the fault in D. Fault current passed LBS 1, LBS 3, not LBS 4. "
        "Against: LBS 2 stayed silent, although fault current should have passed it.",
        "Release the plan: 400 customers back within 1 min; guard and power flow passed it. "
        "100 wait for the repair.",
        "Đội công tác đã tìm thấy sự cố tại D. Dòng sự cố qua LBS 1, LBS 3, không qua LBS 4. "
        "Trái lại: LBS 2 không báo, dù lẽ ra có dòng sự cố đi qua.",
        "Cho thực hiện phương án: 400 khách hàng có điện lại trong 1 phút; đã qua giám "
        "sát an toàn và tính trào lưu. 100 khách hàng chờ sửa chữa.",
    ]


def test_after_the_repair_the_third_line_speaks_of_the_way_back() -> None:
    play = night() >> Flagged("s1") >> Flagged("s2") >> Tripped("b1") >> Wait(10)
    play.forget_after(4) >> Released()
    while play.incident().in_flight is not None or play.incident().phase is Phase.EXECUTING:
        play.forget() >> Done(play.orders[-1].switch)
        play.forget_after(5)
    play >> Repaired()
    play.forget() >> Released()
    play.forget() >> Done(play.orders[-1].switch)
    held = lines(play, wait_s=0)
    assert [held[2], held[5]] == [
        "Everybody has supply; 2 switches are off the normal position: the way back is planned "
        "after the hold time, or accept the present state.",
        "Mọi khách hàng đã có điện; 2 thiết bị khác phương thức cơ bản: phương án trở về sẽ được "
        "lập sau thời gian chờ, hoặc chấp nhận trạng thái hiện tại.",
    ]
    assert lines(play, wait_s=300)[2] == (
        "Release the way back to the normal state: 2 switches, 100 customers interrupted for "
        "seconds; guard and power flow passed it."
    )
    assert lines(play >> Tagged("s4", TagKind.NO_CLOSE), wait_s=1)[2] == (
        "No switch can go back to its normal position now (2 away): see why, or accept the "
        "present state as normal."
    )
