"""Puts a checked district file into the tables."""

from monitor.domain.district import DistrictSpec
from monitor.lib import clock
from monitor.roster.exemptions import apply_exemptions
from monitor.roster.models import District, Site, SiteOrgUnit


def apply_district(spec: DistrictSpec) -> District:
    """Make the district and its sites be as `spec` says. Sites no longer named become inactive, never deleted."""
    district, _ = District.objects.update_or_create(
        domain=spec.domain,
        defaults={
            "name": spec.name,
            "time_zone": spec.time_zone,
            "delegated_admin": spec.delegated_admin,
            "key_file": str(spec.key_file),
            "applied_at": clock.now(),
            "reading": spec.reading.switches,
        },
    )
    District.objects.exclude(pk=district.pk).delete()  # one installation watches one district
    SiteOrgUnit.objects.all().delete()
    for site_spec in spec.sites:
        site, _ = Site.objects.update_or_create(
            code=site_spec.code,
            defaults={"name": site_spec.name, "time_zone": site_spec.time_zone, "is_active": True},
        )
        SiteOrgUnit.objects.bulk_create(SiteOrgUnit(site=site, path=path) for path in site_spec.org_units)
    Site.objects.exclude(code__in=[site.code for site in spec.sites]).update(is_active=False)
    apply_exemptions(spec.reading.exemptions, actor="command")
    return district
