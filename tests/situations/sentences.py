"""Calendar and severity situations, each one sentence that says what must be true. `test_situations.py` reads them."""

CALENDAR = """
In Los Angeles, with a break from 2026-12-19 to 2027-01-03, at 2026-12-18 23:59 the school is awake.
In Los Angeles, with a break from 2026-12-19 to 2027-01-03, at 2026-12-19 00:00 the school sleeps.
In Los Angeles, with a break from 2026-12-19 to 2027-01-03, at 2026-12-25 12:00 the school sleeps.
In Los Angeles, with a break from 2026-12-19 to 2027-01-03, at 2026-12-31 23:59 the school sleeps.
In Los Angeles, with a break from 2026-12-19 to 2027-01-03, at 2027-01-03 23:59 the school sleeps.
In Los Angeles, with a break from 2026-12-19 to 2027-01-03, at 2027-01-04 00:00 the school is awake.
In Los Angeles, with a break from 2026-12-19 to 2027-01-03, at 2027-01-04 07:30 the school is awake.
In Phoenix, with a break from 2026-12-19 to 2027-01-03, at 2026-12-18 23:59 the school is awake.
In Phoenix, with a break from 2026-12-19 to 2027-01-03, at 2026-12-19 00:00 the school sleeps.
In Phoenix, with a break from 2026-12-19 to 2027-01-03, at 2026-12-25 12:00 the school sleeps.
In Phoenix, with a break from 2026-12-19 to 2027-01-03, at 2026-12-31 23:59 the school sleeps.
In Phoenix, with a break from 2026-12-19 to 2027-01-03, at 2027-01-03 23:59 the school sleeps.
In Phoenix, with a break from 2026-12-19 to 2027-01-03, at 2027-01-04 00:00 the school is awake.
In Phoenix, with a break from 2026-12-19 to 2027-01-03, at 2027-01-04 07:30 the school is awake.
In Auckland, with a break from 2026-12-18 to 2027-02-01, at 2026-12-17 23:59 the school is awake.
In Auckland, with a break from 2026-12-18 to 2027-02-01, at 2026-12-18 00:00 the school sleeps.
In Auckland, with a break from 2026-12-18 to 2027-02-01, at 2027-02-01 23:59 the school sleeps.
In Auckland, with a break from 2026-12-18 to 2027-02-01, at 2027-02-02 00:00 the school is awake.
In Kolkata, with a break from 2026-11-07 to 2026-11-09, at 2026-11-06 23:59 the school is awake.
In Kolkata, with a break from 2026-11-07 to 2026-11-09, at 2026-11-07 00:00 the school sleeps.
In Kolkata, with a break from 2026-11-07 to 2026-11-09, at 2026-11-09 23:59 the school sleeps.
In Kolkata, with a break from 2026-11-07 to 2026-11-09, at 2026-11-10 00:00 the school is awake.
In St Johns, with a break from 2026-11-01 to 2026-11-01, at 2026-10-31 23:59 the school is awake.
In St Johns, with a break from 2026-11-01 to 2026-11-01, at 2026-11-01 00:00 the school sleeps.
In St Johns, with a break from 2026-11-01 to 2026-11-01, at 2026-11-01 01:30 the school sleeps.
In St Johns, with a break from 2026-11-01 to 2026-11-01, at 2026-11-01 23:59 the school sleeps.
In St Johns, with a break from 2026-11-01 to 2026-11-01, at 2026-11-02 00:00 the school is awake.
In Los Angeles, with a break from 2026-11-01 to 2026-11-01, at 2026-10-31 23:59 the school is awake.
In Los Angeles, with a break from 2026-11-01 to 2026-11-01, at 2026-11-01 00:30 the school sleeps.
In Los Angeles, with a break from 2026-11-01 to 2026-11-01, at 2026-11-01 01:30 the school sleeps.
In Los Angeles, with a break from 2026-11-01 to 2026-11-01, at 2026-11-01 01:30, again, the school sleeps.
In Los Angeles, with a break from 2026-11-01 to 2026-11-01, at 2026-11-01 23:30 the school sleeps.
In Los Angeles, with a break from 2026-11-01 to 2026-11-01, at 2026-11-02 00:00 the school is awake.
In New York, with a break from 2027-03-14 to 2027-03-14, at 2027-03-13 23:59 the school is awake.
In New York, with a break from 2027-03-14 to 2027-03-14, at 2027-03-14 00:00 the school sleeps.
In New York, with a break from 2027-03-14 to 2027-03-14, at 2027-03-14 03:00 the school sleeps.
In New York, with a break from 2027-03-14 to 2027-03-14, at 2027-03-14 23:59 the school sleeps.
In New York, with a break from 2027-03-14 to 2027-03-14, at 2027-03-15 00:00 the school is awake.
In Lord Howe, with a break from 2026-10-04 to 2026-10-04, at 2026-10-03 23:59 the school is awake.
In Lord Howe, with a break from 2026-10-04 to 2026-10-04, at 2026-10-04 00:00 the school sleeps.
In Lord Howe, with a break from 2026-10-04 to 2026-10-04, at 2026-10-04 02:45 the school sleeps.
In Lord Howe, with a break from 2026-10-04 to 2026-10-04, at 2026-10-05 00:00 the school is awake.
In Chicago, with a break from 2026-10-09 12:30 to 2026-10-09 16:00, at 2026-10-09 12:29 the school is awake.
In Chicago, with a break from 2026-10-09 12:30 to 2026-10-09 16:00, at 2026-10-09 12:30 the school sleeps.
In Chicago, with a break from 2026-10-09 12:30 to 2026-10-09 16:00, at 2026-10-09 15:59 the school sleeps.
In Chicago, with a break from 2026-10-09 12:30 to 2026-10-09 16:00, at 2026-10-09 16:00 the school is awake.
In Chicago, with a break from 2026-11-01 00:30 to 2026-11-01 01:30, at 2026-11-01 00:29 the school is awake.
In Chicago, with a break from 2026-11-01 00:30 to 2026-11-01 01:30, at 2026-11-01 01:00 the school sleeps.
In Chicago, with a break from 2026-11-01 00:30 to 2026-11-01 01:30, at 2026-11-01 01:00, again, the school sleeps.
In Chicago, with a break from 2026-11-01 00:30 to 2026-11-01 01:30, at 2026-11-01 01:29, again, the school sleeps.
In Chicago, with a break from 2026-11-01 00:30 to 2026-11-01 01:30, at 2026-11-01 01:30, again, the school is awake.
In Chicago, with a break from 2026-11-01 01:30 to 2026-11-01 03:00, at 2026-11-01 01:29 the school is awake.
In Chicago, with a break from 2026-11-01 01:30 to 2026-11-01 03:00, at 2026-11-01 01:30 the school sleeps.
In Chicago, with a break from 2026-11-01 01:30 to 2026-11-01 03:00, at 2026-11-01 01:15, again, the school sleeps.
In Chicago, with a break from 2026-11-01 01:30 to 2026-11-01 03:00, at 2026-11-01 02:59 the school sleeps.
In Chicago, with a break from 2026-11-01 01:30 to 2026-11-01 03:00, at 2026-11-01 03:00 the school is awake.
In Chicago, with a break from 2027-03-14 01:00 to 2027-03-14 04:00, at 2027-03-14 00:59 the school is awake.
In Chicago, with a break from 2027-03-14 01:00 to 2027-03-14 04:00, at 2027-03-14 01:30 the school sleeps.
In Chicago, with a break from 2027-03-14 01:00 to 2027-03-14 04:00, at 2027-03-14 03:30 the school sleeps.
In Chicago, with a break from 2027-03-14 01:00 to 2027-03-14 04:00, at 2027-03-14 04:00 the school is awake.
In Los Angeles, with a break from 2028-02-29 to 2028-02-29, at 2028-02-28 23:59 the school is awake.
In Los Angeles, with a break from 2028-02-29 to 2028-02-29, at 2028-02-29 12:00 the school sleeps.
In Los Angeles, with a break from 2028-02-29 to 2028-02-29, at 2028-03-01 00:00 the school is awake.
"""

SEVERITY = """
Self-harm at level 1, written, just over the threshold, is severe.
Self-harm at level 2, written, just over the threshold, is severe.
Self-harm at level 3, written, just over the threshold, is imminent.
Self-harm at level 1, received, just over the threshold, is concern.
Self-harm at level 2, received, just over the threshold, is severe.
Self-harm at level 3, received, just over the threshold, is imminent.
Self-harm at level 1, shared, just over the threshold, is severe.
Self-harm at level 2, shared, just over the threshold, is severe.
Self-harm at level 3, shared, just over the threshold, is imminent.
Self-harm at level 1, forwarded, just over the threshold, is concern.
Self-harm at level 2, forwarded, just over the threshold, is severe.
Self-harm at level 3, forwarded, just over the threshold, is imminent.
Self-harm at level 1, quoted, just over the threshold, is concern.
Self-harm at level 2, quoted, just over the threshold, is concern.
Self-harm at level 3, quoted, just over the threshold, is severe.
Violence at level 1, written, just over the threshold, is concern.
Violence at level 2, written, just over the threshold, is severe.
Violence at level 3, written, just over the threshold, is imminent.
Violence at level 1, received, just over the threshold, is concern.
Violence at level 2, received, just over the threshold, is severe.
Violence at level 3, received, just over the threshold, is imminent.
Violence at level 1, shared, just over the threshold, is concern.
Violence at level 2, shared, just over the threshold, is severe.
Violence at level 3, shared, just over the threshold, is imminent.
Violence at level 1, forwarded, just over the threshold, is concern.
Violence at level 2, forwarded, just over the threshold, is severe.
Violence at level 3, forwarded, just over the threshold, is imminent.
Violence at level 1, quoted, just over the threshold, is low.
Violence at level 2, quoted, just over the threshold, is concern.
Violence at level 3, quoted, just over the threshold, is severe.
Grooming at level 1, written, just over the threshold, is concern.
Grooming at level 2, written, just over the threshold, is concern.
Grooming at level 3, written, just over the threshold, is severe.
Grooming at level 1, received, just over the threshold, is severe.
Grooming at level 2, received, just over the threshold, is severe.
Grooming at level 3, received, just over the threshold, is imminent.
Grooming at level 1, shared, just over the threshold, is severe.
Grooming at level 2, shared, just over the threshold, is severe.
Grooming at level 3, shared, just over the threshold, is imminent.
Grooming at level 1, forwarded, just over the threshold, is severe.
Grooming at level 2, forwarded, just over the threshold, is severe.
Grooming at level 3, forwarded, just over the threshold, is imminent.
Grooming at level 1, quoted, just over the threshold, is concern.
Grooming at level 2, quoted, just over the threshold, is concern.
Grooming at level 3, quoted, just over the threshold, is severe.
Bullying at level 1, written, just over the threshold, is concern.
Bullying at level 2, written, just over the threshold, is concern.
Bullying at level 3, written, just over the threshold, is severe.
Bullying at level 1, received, just over the threshold, is concern.
Bullying at level 2, received, just over the threshold, is concern.
Bullying at level 3, received, just over the threshold, is severe.
Bullying at level 1, shared, just over the threshold, is concern.
Bullying at level 2, shared, just over the threshold, is concern.
Bullying at level 3, shared, just over the threshold, is severe.
Bullying at level 1, forwarded, just over the threshold, is concern.
Bullying at level 2, forwarded, just over the threshold, is concern.
Bullying at level 3, forwarded, just over the threshold, is severe.
Bullying at level 1, quoted, just over the threshold, is low.
Bullying at level 2, quoted, just over the threshold, is low.
Bullying at level 3, quoted, just over the threshold, is concern.
Self-harm at level 1, written, far over the threshold, is imminent.
Self-harm at level 2, written, far over the threshold, is imminent.
Self-harm at level 3, written, far over the threshold, is imminent.
Self-harm at level 1, received, far over the threshold, is concern.
Self-harm at level 2, received, far over the threshold, is imminent.
Self-harm at level 3, received, far over the threshold, is imminent.
Self-harm at level 1, quoted, far over the threshold, is concern.
Self-harm at level 2, quoted, far over the threshold, is concern.
Self-harm at level 3, quoted, far over the threshold, is severe.
Violence at level 1, written, far over the threshold, is concern.
Violence at level 2, written, far over the threshold, is imminent.
Violence at level 3, written, far over the threshold, is imminent.
Violence at level 1, received, far over the threshold, is concern.
Violence at level 2, received, far over the threshold, is imminent.
Violence at level 3, received, far over the threshold, is imminent.
Violence at level 1, quoted, far over the threshold, is low.
Violence at level 2, quoted, far over the threshold, is concern.
Violence at level 3, quoted, far over the threshold, is severe.
Grooming at level 1, received, far over the threshold, is severe.
Grooming at level 2, received, far over the threshold, is severe.
Grooming at level 3, received, far over the threshold, is imminent.
Bullying at level 1, received, far over the threshold, is concern.
Bullying at level 2, received, far over the threshold, is concern.
Bullying at level 3, received, far over the threshold, is severe.
Self-harm without a level, written, just over the threshold, is severe.
Self-harm without a level, written, far over the threshold, is imminent.
Violence without a level, written, just over the threshold, is severe.
Violence without a level, written, far over the threshold, is imminent.
Grooming without a level, written, just over the threshold, is severe.
Grooming without a level, written, far over the threshold, is severe.
Bullying without a level, written, just over the threshold, is concern.
Bullying without a level, written, far over the threshold, is concern.
"""

RULES = """
Bullying at level 2, received, for the first time, is concern.
Bullying at level 2, received, for the second time, is concern.
Bullying at level 2, received, for the third time, is severe.
Bullying at level 3, received, for the third time, is imminent.
Bullying at level 2, written, for the third time, is concern.
Bullying at level 2, received, for the third time in 30 days, is concern.
Violence at level 1, written, in the band elementary, is low.
Violence at level 2, written, in the band elementary, is severe.
Violence at level 1, written, in the band high, is concern.
Violence at level 1, quoted, in the band elementary, is low.
Self-harm at level 1, received, at night, is severe.
Self-harm at level 1, received, in school hours, is concern.
Self-harm at level 1, received, off hours, is concern.
Self-harm at level 3, written, at night, is imminent.
Self-harm at level 1, quoted, at night, is severe.
Grooming at level 1, received, off hours, is severe.
Grooming at level 3, quoted, in school hours, is concern.
Grooming at level 3, quoted, off hours, is severe.
"""

DUTY = """
Usually, at 2026-11-23 07:59 Oak is awake and nobody is on duty.
Usually, at 2026-11-23 08:00 Oak is awake and somebody is on duty.
Usually, at 2026-11-23 15:29 Oak is awake and somebody is on duty.
Usually, at 2026-11-23 15:30 Oak is awake and nobody is on duty.
Usually, at 2026-11-24 02:00 Oak is awake and nobody is on duty.
Usually, at 2026-11-28 12:00 Oak is awake and nobody is on duty.
Usually, at 2026-11-02 08:00 Oak is awake and somebody is on duty.
With school hours of its own, at 2026-11-23 08:30 Oak is awake and nobody is on duty.
With school hours of its own, at 2026-11-23 09:00 Oak is awake and somebody is on duty.
With school hours of its own, at 2026-11-23 12:00 Oak is awake and nobody is on duty.
With school hours of its own, at 2026-11-24 09:00 Oak is awake and nobody is on duty.
While only Elm has a break, at 2026-11-23 10:00 Oak is awake and somebody is on duty.
While both have a break, at 2026-11-23 10:00 Oak sleeps and nobody is on duty.
While both have a break, at 2026-11-28 00:00 Oak is awake and nobody is on duty.
With two breaks that overlap, at 2026-11-24 10:00 Oak sleeps and nobody is on duty.
With two breaks that overlap, at 2026-11-25 12:00 Oak sleeps and nobody is on duty.
With two breaks that overlap, at 2026-11-27 10:00 Oak sleeps and nobody is on duty.
With two breaks that overlap, at 2026-11-30 08:00 Oak is awake and somebody is on duty.
With two breaks that meet, at 2026-11-25 23:59 Oak sleeps and nobody is on duty.
With two breaks that meet, at 2026-11-26 00:00 Oak sleeps and nobody is on duty.
With two breaks that meet, at 2026-11-30 08:00 Oak is awake and somebody is on duty.
With a shift each weekend, at 2026-10-24 12:00 Oak is awake and nobody is on duty.
With a shift each weekend, at 2026-11-27 16:59 Oak is awake and nobody is on duty.
With a shift each weekend, at 2026-11-27 17:00 Oak is awake and somebody is on duty.
With a shift each weekend, at 2026-11-28 12:00 Oak is awake and somebody is on duty.
With a shift each weekend, at 2026-11-30 06:59 Oak is awake and somebody is on duty.
With a shift each weekend, at 2026-11-30 07:00 Oak is awake and nobody is on duty.
With a shift each weekend, at 2026-11-02 06:59 Oak is awake and somebody is on duty.
"""
