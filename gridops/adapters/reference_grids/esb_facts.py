"""What the data of circuit E11 leave to be said."""

from gridops.adapters.reference_grids.conductors import AL_48, Conductor


def _overhead(name: str, *, r: float, x: float, c_nf: float, current_a_max: float) -> Conductor:
    return Conductor(
        name=name,
        r_ohm_per_km=r,
        x_ohm_per_km=x,
        c_f_per_km=round(c_nf * 1e-9, 15),
        current_a_max=current_a_max,
    )


AL_25 = _overhead("24-AL1/4-ST1A", r=1.2012, x=0.394, c_nf=8.9, current_a_max=140.0)
AL_94 = _overhead("94-AL1/15-ST1A", r=0.306, x=0.35, c_nf=10.0, current_a_max=350.0)
CU_25 = _overhead("copper 25 mm2", r=0.745, x=0.394, c_nf=8.9, current_a_max=150.0)
CU_50 = _overhead("copper 50 mm2", r=0.366, x=0.372, c_nf=9.5, current_a_max=230.0)
AAAC_25 = _overhead("AAAC 25 mm2", r=1.35, x=0.394, c_nf=8.9, current_a_max=130.0)
AAAC_50 = _overhead("AAAC 50 mm2", r=0.67, x=0.372, c_nf=9.5, current_a_max=200.0)
XLP_70 = _overhead("NA2XS2Y 1x70", r=0.443, x=0.132, c_nf=190.0, current_a_max=220.0)
XLP_185 = _overhead("NA2XS2Y 1x185", r=0.161, x=0.117, c_nf=273.0, current_a_max=362.0)
XLP_400 = _overhead("NA2XS2Y 1x400", r=0.0778, x=0.105, c_nf=370.0, current_a_max=530.0)

CONDUCTORS = {
    "25 SCA": AL_25,
    "50 SCA": AL_48,
    "92 SCA": AL_94,
    "25 CU": CU_25,
    "50 CU": CU_50,
    "25 AAAC": AAAC_25,
    "50 AAAC": AAAC_50,
    "70 XLP": XLP_70,
    "185 XLP": XLP_185,
    "400 XLP": XLP_400,
    "UNDEF": AL_25,
    "Dummy": AL_48,
}
"""By the first words of the conductor's name in the source."""

ASDU = {"S696": 40213, "S507": 24969, "S508": 24970, "R518": 41816, "S509": 24971}
"""IEC 60870-5-101 addresses that the source states; the others are not in it."""

INDICATORS = ("CB_E11", "S696", "S507", "S508", "R518", "S509")
"""In the order of the decision table."""
VOLTAGE_DETECTORS = ("S696", "S507", "S508", "S509")

EARTH_FAULT_RELAYS = ("CB_E11", "R518")
BRIDGED_FUSES = ("504191152", "504772353")
"""On the trunk, rated 15 A in the source; the circuit carries many times that."""

TITLE = "ESB Networks circuit E11 Passage East, 20 kV, 802 nodes"
LICENCE = "CC0-1.0"
SOURCE = (
    "github.com/dLeniston/flisr-solution-paper-data at 5a8016a (CC0 1.0 public domain dedication)"
)
ASSUMPTIONS = (
    "The source gives conductor types and lengths, no impedances: they are those of the next "
    "standard type (pandapower, DIN 48201 copper); SCA is taken as aluminium with a steel core, "
    "UNDEF as 25 SCA, two lines of 0.7 m of a dummy conductor as 50 SCA.",
    "Single-phase and two-phase spurs are reckoned as three-phase: the grid format is balanced.",
    "No loads and no customers are published: 6 kW and 4 customers at a station on a single-phase "
    "line, 40 kW and 25 customers at any other, power factor 0.95.",
    "The 20 kV busbar is held at 1.03 pu with 150 MVA.",
    "The breaker CB_E11 is only in the decision table: it stands between busbar and first node, "
    "pick-up 250 A, trip after 0.5 s, no reclosing, with lockout.",
    "No protection settings are published: R518 picks up at 180 A and trips after 0.25 s, "
    "NULEC-P53 at 120 A after 0.1 s, both reclose once after 5 s; R584 as R518.",
    "Fuses carry their rating and melt at twice of it after 0.05 s; a crew renews them.",
    "The two fuses on the trunk before S696 (504191152, 504772353; 15 A in the source, where the "
    "whole circuit passes) are taken as bridged: solid links.",
    "Solid links are disconnectors that a crew opens in 40 minutes; a crew is at a pole-mounted "
    "device in 40 minutes.",
    "The six devices in line and the tie S697 are telecontrolled in 12 s (breakers and reclosers "
    "in 3 s). NULEC-P53, R584 and S695 have no telecontrol address in the source: a crew works "
    "them, and nobody hears of them.",
    "All six indicators need voltage loss, because the table has 0 above R518 for faults beyond "
    "it.",
    "Voltage detectors stand at the four load-break switches in line: the fault cases of the "
    "source report loss of voltage at two of them.",
    "CB_E11 and R518 signal earth faults that trip nothing: nothing is published on how the star "
    "point is earthed, and 20 kV grids with arc suppression coils are common in Ireland.",
    "S697 is not in the data of the grid: it stands at node 506202696, which refers to a line "
    "outside the file.",
    "Of the circuits beyond R584, S695 and S697 nothing is published: each is a busbar at 1.03 pu "
    "with 150 MVA and a breaker of 250 A pick-up, without load, so that what they can lend is too "
    "much.",
    "S695 is normally open as in the decision table; the grid data call it normally closed, and "
    "open.",
)
