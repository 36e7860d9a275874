"""The pages around a case, light and dark, on a small phone and at a desk: they fit, and axe finds nothing."""

from dataclasses import asdict

import pytest

from monitor.detection.models import Finding
from monitor.domain.category import Category
from monitor.domain.sensitivity import Sensitivity
from monitor.domain.severity import Severity
from monitor.domain.source import Source
from monitor.lib import clock
from monitor.triage import trying
from monitor.triage.actions import do_view_content
from monitor.triage.models import Case, ThresholdProposal
from monitor.triage.points import threshold_at
from monitor.triage.proposals import Evidence
from tests.browser.conftest import keep_picture
from tests.browser.test_console_access import complaints, cookie_of
from tests.rooms.detection.marker import MarkerClassifier

pytestmark = pytest.mark.browser
expect = pytest.importorskip("playwright.sync_api", reason="playwright is not installed").expect
PHONE, DESK = {"width": 360, "height": 740}, {"width": 1280, "height": 800}
LOOKS = [("phone", PHONE, "light"), ("phone-dark", PHONE, "dark"), ("desk", DESK, "light"), ("desk-dark", DESK, "dark")]
SHIPPED = "heed-minilm-2-c773f3a5"


@pytest.fixture
def worked(valley, monkeypatch):
    """The valley with findings of the shipped classifier, cases that somebody has read, and an open proposal."""
    marker = MarkerClassifier(SHIPPED)
    monkeypatch.setattr(trying, "get_classifier", lambda: marker)
    for finding in Finding.objects.all():
        points = threshold_at(SHIPPED, finding.category, Sensitivity.STANDARD)
        Finding.objects.filter(pk=finding.pk).update(
            classifier_id=SHIPPED, threshold=points[Source(finding.source)],
            probability=min(0.999, points[Source(finding.source)] * 1.003),
        )  # fmt: skip
    for case in Case.objects.exclude(state="decided").exclude(severity=Severity.IMMINENT.value)[:3]:
        do_view_content(case, actor=valley.counselor, reason="triage")
    evidence = Evidence("2026-08-27", "2026-11-25", 64, 14, 0.135, 0.334, avoided=31, lost=1, lost_severe=0)
    ThresholdProposal.objects.create(
        category=Category.BULLYING.value, present="standard", proposed="lower", evidence=asdict(evidence),
        classifier_id=SHIPPED, policy_version="2026-11-shipped", made_at=clock.now(), reason="",
    )  # fmt: skip
    return valley


def _picture(page, folder, found, name):
    found[name] = complaints(page)
    keep_picture(page, folder, f"work-{name}")


@pytest.mark.parametrize(("look", "viewport", "scheme"), LOOKS, ids=[look[0] for look in LOOKS])
def test_the_pages_around_a_case_stand_in_nobodys_way(
    worked, open_page, live_server, screenshots, look, viewport, scheme
):
    page, found = open_page(viewport, color_scheme=scheme, reduced_motion="reduce"), {}
    page.context.add_cookies([cookie_of(worked.lead, live_server.url)])
    case = f"/cases/{worked.urgent.public_id}/"
    page.goto("/?severity=severe")
    page.get_by_text("Saved views").first.click()
    page.get_by_label("Name for what is shown now").fill("Severe, everywhere")
    page.get_by_role("button", name="Save").click()
    page.get_by_role("link", name="Severe, everywhere").wait_for()
    _picture(page, screenshots, found, f"saved-views-{look}")
    page.goto("/several/")
    page.locator("input[name=case]").first.check()
    _picture(page, screenshots, found, f"several-{look}")
    page.goto(f"{case}level/")
    _picture(page, screenshots, found, f"level-{look}")
    page.goto("/proposals/")
    _picture(page, screenshots, found, f"proposals-{look}")
    page.goto(case)
    page.get_by_text("What would have lowered it").first.click()
    _picture(page, screenshots, found, f"lowering-{look}")
    page.get_by_role("button", name="Triage this case").click()
    page.locator("mark").first.wait_for()
    _picture(page, screenshots, found, f"words-{look}")
    page.reload()
    expect(page.locator("mark").first).to_be_hidden()
    page.get_by_text("What would have lowered it").first.click()
    page.get_by_role("button", name="Score it without its strongest sentence").first.click()
    page.get_by_role("heading", name="Each sentence by itself").wait_for()
    _picture(page, screenshots, found, f"trial-{look}")
    page.goto("/account/")
    _picture(page, screenshots, found, f"account-{look}")
    page.goto(f"/cases/{Case.objects.get(state='decided').public_id}/")
    page.get_by_text("Open this case again").click()
    _picture(page, screenshots, found, f"reopen-{look}")
    assert {name: told for name, told in found.items() if told} == {}
