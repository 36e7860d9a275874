"""The pages of those who keep the installation right."""

from django.urls import path

from monitor.console.views import connect, levels, office, office_changes, year

app_name = "office"
urlpatterns = [
    path("contacts/", office.contacts, name="contacts"),
    path("calendars/", office.calendars, name="calendars"),
    path("calendars/year/", year.year, name="year"),
    path("calendars/<int:key>/preview/", office.preview, name="preview"),
    path("calendars/<int:key>/confirm/", office.confirm, name="confirm"),
    path("calendars/put-in/", office_changes.put_in_calendar, name="put_in_calendar"),
    path("calendars/<int:key>/accept/", office_changes.accept_calendar, name="accept_calendar"),
    path("calendars/<int:key>/retire/", office_changes.retire_calendar, name="retire_calendar"),
    path("policy/", office.policy, name="policy"),
    path("policy/levels/", levels.levels, name="levels"),
    path("units/", office.units, name="units"),
    path("connect/", connect.connect, name="connect"),
    path("connect/check/", connect.check, name="check"),
    path("connect/roster/", connect.try_roster, name="try_roster"),
    path("units/exempt/", office_changes.exempt, name="exempt"),
    path("units/exempt/<int:key>/end/", office_changes.end_exemption, name="end_exemption"),
]
