"""The pages on which people at a school handle tips."""

from django.urls import path

from monitor.console.views import tip_staff, tips

app_name = "tips"
urlpatterns = [
    path("", tips.tip_list, name="list"),
    path("<slug:public_id>/", tips.show, name="show"),
    path("<slug:public_id>/look/", tips.look, name="look"),
    path("<slug:public_id>/answer/", tips.answer, name="answer"),
    path("<slug:public_id>/student/", tips.student, name="student"),
    path("<slug:public_id>/move/", tips.move, name="move"),
    path("<slug:public_id>/staff/", tip_staff.keep, name="staff"),
    path("<slug:public_id>/give-back/", tip_staff.give_back, name="give_back"),
    path("<slug:public_id>/number/", tips.number, name="number"),
    path("<slug:public_id>/close/", tips.close, name="close"),
]
