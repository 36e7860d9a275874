"""Where the console's pages hang."""

from django.urls import include, path

urlpatterns = [
    path("", include("monitor.console.urls")),
    path("", include("monitor.console.work_urls")),
    path("drills/", include("monitor.console.drill_urls")),
    path("report/", include("monitor.console.report_urls")),
    path("texts/", include("monitor.console.text_urls")),
    path("tips/", include("monitor.console.tip_urls")),
    path("handovers/", include("monitor.console.handover_urls")),
    path("", include("monitor.console.insight_urls")),
    path("set-up/work/", include("monitor.console.job_urls")),
    path("set-up/", include("monitor.console.office_urls")),
]
