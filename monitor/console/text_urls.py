"""The pages about texts rather than people: the same text in many accounts, and texts that are put aside."""

from django.urls import path

from monitor.console.views import aside, clusters

app_name = "texts"
urlpatterns = [
    path("", clusters.cluster_list, name="clusters"),
    path("aside/", aside.text_list, name="aside"),
    path("aside/<slug:public_id>/", aside.show, name="text"),
    path("aside/<slug:public_id>/end/", aside.end, name="end"),
    path("aside/<slug:public_id>/<slug:finding_id>/look/", aside.look, name="look_aside"),
    path("aside/<slug:public_id>/<slug:finding_id>/restore/", aside.restore, name="restore"),
    path("<slug:public_id>/", clusters.show, name="cluster"),
    path("<slug:public_id>/look/", clusters.look, name="look"),
    path("<slug:public_id>/decide/", clusters.decide, name="decide"),
]
