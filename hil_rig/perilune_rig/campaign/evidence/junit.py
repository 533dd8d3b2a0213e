"""A campaign as JUnit XML: a suite a stratum, a test case a run, so that any CI shows what was flown and lost."""

import itertools
import re
from xml.etree import ElementTree as xml

from perilune_rig.campaign.run.row import Row, Work
from perilune_rig.campaign.run.session import Session

_NOT_XML = re.compile("[^\t\n\r\u0020-\ud7ff\ue000-\ufffd]")


def junit(session: Session) -> str:
    """The whole table. A lost flight is a failure, one that the rig broke off an error."""
    plan = session.plan
    top = xml.Element("testsuites", name=f"perilune campaign {plan.campaign.name}")
    suites: dict[str, xml.Element] = {}
    for row, (_k, work) in zip(session.store.rows(), session.store.works(), strict=True):
        suite = suites.get(row.stratum)
        if suite is None:
            suite = suites[row.stratum] = xml.SubElement(top, "testsuite", name=_clean(row.stratum))
            _say_rung(suite, session.rung)
        suite.append(_case(session, row, work))
    for element, cases in itertools.chain(
        [(top, list(top.iter("testcase")))], ((s, s.findall("testcase")) for s in suites.values())
    ):
        _count(element, cases)
    xml.indent(top)
    return xml.tostring(top, encoding="unicode", xml_declaration=True) + "\n"


def _say_rung(suite: xml.Element, rung: str) -> None:
    """What it was flown on: a pass on doubles must not look like one on bits."""
    properties = xml.SubElement(suite, "properties")
    xml.SubElement(properties, "property", name="rung", value=rung)
    xml.SubElement(properties, "property", name="bit_exact", value=str(rung != "python").lower())


def _case(session: Session, row: Row, work: Work) -> xml.Element:
    name = f"run {row.k} seed {row.seed}"
    group = f"{session.plan.campaign.name}.{_clean(row.stratum)}"
    case = xml.Element("testcase", name=name, classname=group, time=f"{work.flight_s + work.other_s:.3f}")
    if row.verdict == "fail":
        bound = f" (out of reach of any software: {row.explained})" if row.explained else ""
        xml.SubElement(case, "failure", message=_clean(row.reason + bound), type=row.outcome)
    elif row.verdict == "invalid":
        xml.SubElement(case, "error", message=_clean(row.reason), type=row.outcome)
    elif row.verdict == "no_effect":  # says nothing against the flight software, nor for it
        xml.SubElement(case, "skipped", message=_clean(f"{row.verdict}: {row.reason}"))
    xml.SubElement(case, "system-out").text = _clean(
        f"{row.outcome}\n{session.command(row)}\n{row.trace_hash}"
    )
    return case


def _count(element: xml.Element, cases: list[xml.Element]) -> None:
    element.set("tests", str(len(cases)))
    for plural, kind in (("failures", "failure"), ("errors", "error"), ("skipped", "skipped")):
        element.set(plural, str(sum(case.find(kind) is not None for case in cases)))
    element.set("time", f"{sum(float(case.get('time', 0)) for case in cases):.3f}")


def _clean(text: str) -> str:
    """Without characters that XML cannot hold."""
    return _NOT_XML.sub("?", text)
