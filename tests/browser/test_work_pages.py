"""States of the pages around a case that an address alone does not show: they fit, and axe finds nothing."""

import pytest

from monitor.detection.models import Finding
from monitor.domain.sensitivity import Sensitivity
from monitor.domain.severity import Severity
from monitor.domain.source import Source
from monitor.triage import trying
from monitor.triage.actions import do_view_content
from monitor.triage.models import Case
from monitor.triage.points import threshold_at
from tests.browser.looks import NARROW, cookie_of, look_around
from tests.rooms.detection.marker import MarkerClassifier

pytestmark = pytest.mark.browser
expect = pytest.importorskip("playwright.sync_api", reason="playwright is not installed").expect
SHIPPED = "heed-minilm-6-1f46b385"


@pytest.fixture
def worked(valley, monkeypatch):
    """The valley with findings of the shipped classifier, and cases that somebody has read."""
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
    return valley


def test_the_states_of_the_pages_around_a_case_stand_in_nobodys_way(worked, open_page, live_server, screenshots):
    page, found = open_page(NARROW, reduced_motion="reduce"), {}
    page.context.add_cookies([cookie_of(worked.lead, live_server.url)])
    page.goto("/?severity=severe")
    page.get_by_text("Saved views").first.click()
    page.get_by_label("Name for what is shown now").fill("Severe, everywhere")
    page.get_by_role("button", name="Save").click()
    page.get_by_role("link", name="Severe, everywhere").wait_for()
    found |= look_around(page, screenshots, "saved-views")
    page.goto("/several/")
    page.locator("input[name=case]").first.check()
    found |= look_around(page, screenshots, "several-ticked")
    page.goto(f"/cases/{worked.urgent.public_id}/")
    page.get_by_role("button", name="Triage this case").click()
    page.locator("mark").first.wait_for()
    page.reload()
    expect(page.locator("mark").first).to_be_hidden()
    page.get_by_text("What would have lowered it").first.click()
    page.get_by_role("button", name="Score it without its strongest sentence").first.click()
    page.get_by_role("heading", name="Each sentence by itself").wait_for()
    found |= look_around(page, screenshots, "trial")
    assert found == {}
