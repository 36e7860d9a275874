"""The pages of hand-overs and of the care teams."""

from django.urls import path

from monitor.console.views import care, handovers

app_name = "handovers"
urlpatterns = [
    path("", handovers.handover_list, name="list"),
    path("care/", care.care, name="care"),
    path("care/meet/", care.meet, name="meet"),
    path("care/done/", care.done, name="done"),
    path("recipients/", care.recipients, name="recipients"),
    path("recipients/remove/", care.remove, name="remove"),
    path("about/<slug:case_id>/", handovers.choose, name="choose"),
    path("about/<slug:case_id>/<slug:kind>/", handovers.new, name="new"),
    path("<slug:public_id>/", handovers.show, name="show"),
    path("<slug:public_id>/edit/", handovers.edit, name="edit"),
    path("<slug:public_id>/sign/", handovers.sign, name="sign"),
    path("<slug:public_id>/second/", handovers.second, name="second"),
    path("<slug:public_id>/export/", handovers.export, name="export"),
    path("<slug:public_id>/send/", handovers.send, name="send"),
    path("<slug:public_id>/log/", handovers.log, name="log"),
    path("<slug:public_id>/step/", handovers.step, name="step"),
    path("<slug:public_id>/close/", handovers.close, name="close"),
]
