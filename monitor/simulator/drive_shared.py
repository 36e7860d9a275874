"""Drive's methods for shared drives and permissions."""

from collections.abc import Callable
from typing import Any

from monitor.simulator.call import Call
from monitor.simulator.drive_access import file_of, paged, refuse
from monitor.simulator.drive_files import SharedDrive
from monitor.simulator.drive_resources import drive_resource, file_permissions, member_resource
from monitor.simulator.errors import GoogleError, not_found
from monitor.simulator.world import World

_MOST_PERMISSIONS = 100


def list_drives(world: World, call: Call) -> dict[str, Any]:
    """`drives.list`: those of which the subject is a member, or all of the domain for an administrator who asks."""
    if call.text("q"):
        message = "Invalid Value: the simulator plays no search of shared drives"
        raise refuse(message, "q")
    whole = _as_admin(call)
    found = [drive for drive in world.drive.drives.values() if whole or call.subject.email in drive.people()]
    found.sort(key=lambda drive: (drive.name, drive.id))
    answer = paged(call, [drive_resource(drive, call.subject.email) for drive in found], "drives")
    return answer | {"kind": "drive#driveList"}


def get_drive(world: World, call: Call) -> dict[str, Any]:
    """`drives.get`."""
    return drive_resource(_drive(world, call, call.path["driveId"], "driveId"), call.subject.email)


def list_permissions(world: World, call: Call) -> dict[str, Any]:
    """`permissions.list` of a file, or of a shared drive: its members."""
    identity, size = call.path["fileId"], call.query.get("pageSize") or _MOST_PERMISSIONS
    if identity in world.drive.drives:
        if not call.query["supportsAllDrives"] and not call.query["supportsTeamDrives"]:
            refusal = f"File not found: {identity}."
            raise not_found(refusal, "fileId")
        drive = _drive(world, call, identity, "fileId")
        found = [member_resource(drive, email) for email in sorted(drive.members)]
    else:
        found = file_permissions(file_of(world, call))
    return paged(call, found, "permissions", size) | {"kind": "drive#permissionList"}


METHODS: dict[str, Callable[[World, Call], dict[str, Any]]] = {
    "drive.drives.list": list_drives,
    "drive.drives.get": get_drive,
    "drive.permissions.list": list_permissions,
}
DEFAULT_FIELDS = {
    "drive.drives.list": "kind,nextPageToken,drives(kind,id,name)",
    "drive.drives.get": "kind,id,name",
    "drive.permissions.list": "kind,nextPageToken,permissions(kind,id,type,role)",
}


def _as_admin(call: Call) -> bool:
    if not call.query.get("useDomainAdminAccess"):
        return False
    if not call.subject.is_admin:
        message = "The user does not have sufficient permissions to use domain administrator access."
        raise GoogleError(403, message, "insufficientDomainAdminPermissions")
    return True


def _drive(world: World, call: Call, identity: str, location: str) -> SharedDrive:
    drive = world.drive.drives.get(identity)
    if drive is None or not (_as_admin(call) or call.subject.email in drive.people()):
        refusal = f"Shared drive not found: {identity}"
        raise not_found(refusal, location)
    return drive
