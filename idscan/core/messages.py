"""English texts of all messages that rooms below `report` give to users, by key; `report.messages` translates them.

The texts stand here and not in `report`, so that errors read well in a program that uses the package as a library.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Self

if TYPE_CHECKING:
    from collections.abc import Mapping


def N_(message: str) -> str:  # noqa: N802  gettext's customary mark for messages that are translated later
    """Mark a message for the catalogue and return it as it is."""
    return message


class Message(str):
    """English text of a message, with the key and the parameters that it is made of.

    In a text, the format "{name:C}" begins a parameter that is a message with a capital.

    Attributes:
        key: in `TEXTS`; "" for text that is already in the user's language.
        parameters: by name; those that are messages are translated with the text around them.
    """

    __slots__ = ("key", "parameters")

    key: str
    parameters: Mapping[str, str | int]

    def __new__(cls, text: str = "", key: str = "", parameters: Mapping[str, str | int] | None = None) -> Self:
        """Take a text and what it is made of."""
        made = super().__new__(cls, text)
        made.key, made.parameters = key, parameters or {}
        return made

    def __format__(self, spec: str) -> str:
        """Return the text; with a capital if the format asks for it."""
        return f"{self[:1].upper()}{self[1:]}" if spec == "C" else super().__format__(spec)


def message(key: str, /, **parameters: str | int) -> Message:
    """Return the message of a key; no parameter may hold a value that was read from an image.

    >>> message("pages_not_scanned", pages=9, most=4)
    'Only 4 of 9 pages are scanned; split the file to have all of them read.'
    """
    given = {name: Message(value) if type(value) is str else value for name, value in parameters.items()}
    return Message(TEXTS[key].format(**given), key, given)


TEXTS: Mapping[str, str] = {
    # Errors that end a run
    "unknown_engine": N_("unknown engine {name}; known are {known}"),
    "engine_missing": N_("{engine} is not available: {remedy}"),
    "too_few_jobs": N_("jobs must be at least 1, not {jobs}"),
    "no_path": N_("no path was given"),
    "no_path_exists": N_("none of the given paths exists"),
    "no_destination": N_("choose where results go: a folder, or in place"),
    "output_holds_input": N_("the output folder is or holds what is to be redacted; choose another one"),
    "originals_misplaced": N_(
        "the folder for originals must lie outside of what is redacted, and not hold it; choose another"
    ),
    "output_not_writable": N_("the output cannot be written: {reason}"),
    "folder_blocked": N_(
        "a link or a file stands where the output needs a folder; remove it or choose another output folder"
    ),
    "target_exists": N_(
        "another file stands where the result should go; choose an empty output folder, or replace it with --force"
    ),
    "output_in_use": N_("another run of idscan works in the output folder; wait for its end or choose another"),
    "output_locked": N_(
        "another run works in the output folder, or was killed there: then remove the file {file} in it"
    ),
    "foreign_folder": N_("{folder} in the output folder is not a folder of yours; remove it or choose another output"),
    "lost_records_of_other_version": N_(
        "a run of another version was cut off here; finish it there, put the originals back or remove .idscan-tmp"
    ),
    "lost_records": N_(
        "a run was cut off here and its record cannot be read; put the originals back or remove .idscan-tmp"
    ),
    "key_not_writable": N_("the folder where a run keeps its key (XDG_STATE_HOME) cannot be written to: {reason}"),
    # Paths that are not scanned
    "not_an_image": N_("not a picture"),
    "not_an_image_special": N_("not a picture ({content})"),
    "not_an_image_content": N_("not a picture (content is {content})"),
    "broken_link": N_("broken symbolic link"),
    "unreadable_link": N_("symbolic link: {reason}"),
    "link_to_scanned_file": N_("symbolic link to a file that is scanned under its own name"),
    "link_to_scanned_folder": N_("symbolic link to a folder that is scanned under its own name"),
    "link_to_other_folder": N_("symbolic link to a folder elsewhere, not followed; name that folder to scan it"),
    "same_folder": N_("the same folder was scanned under another name"),
    "folder_not_listed": N_("cannot list the folder: {reason}"),
    "path_not_found": N_("no such file or folder; check the spelling"),
    "path_not_permitted": N_("no permission to read it; change its permissions or run as a user who may"),
    "path_too_long": N_("the path is too long for the system; move the folder nearer to the root"),
    "path_circular": N_("symbolic links that lead in a circle; name the real file or folder"),
    "path_not_understood": N_("not a path that the system understands; check the spelling"),
    "path_refused": N_("the system reports: {reason}; check the disk or the connection and scan again"),
    # Problems of opening and decoding a file
    "not_found": N_("The file is no longer there; scan its folder again."),
    "no_permission": N_("There is no permission to read the file; change its permissions or run as a user who may."),
    "not_a_file": N_("This is not a file with content of its own; name a file or a folder."),
    "read_error": N_("The system could not read the file; check the disk or the connection and scan it again."),
    "empty": N_("The file is empty; copy or download it again."),
    "unrecognised": N_("The content is no known picture format; open it in a viewer and save it as JPEG or PNG."),
    "other_content": N_("The content is {content}, not a picture; give it its proper name."),
    "unsupported_format": N_("{format} pictures cannot be decoded here; convert it to JPEG or PNG and scan that."),
    "too_large": N_("The picture has more pixels than are read; raise --max-pixels, or use a smaller version of it."),
    "truncated": N_("The file ends before its picture does; copy or download it again."),
    "truncated_part": N_("The file ends before its image does: {part} of it could be read; copy or download it again."),
    "truncated_detail": N_(
        "The file ends before its image does, which could be read without its finest detail; copy it again."
    ),
    "damaged": N_("The file is damaged or cut short; copy or download it again, or re-save it as JPEG or PNG."),
    "damaged_part": N_("The file is damaged: {part} of its image could be read; copy or download it again."),
    "thumbnail_only": N_(
        "Only a thumbnail of this camera raw file can be read; export it as JPEG or PNG and scan that."
    ),
    "rare_variant": N_("This rare variant of the format cannot be decoded; convert it to JPEG or PNG and scan that."),
    "no_decoder": N_(
        "The installed Pillow lacks the decoder for this format; install Pillow from its own wheel with pip."
    ),
    "no_memory_to_decode": N_("There is not enough memory to decode the picture; scan it alone or with fewer jobs."),
    "leading_bytes": N_(
        "Other bytes stand before the image, which was read all the same; copy or download the file again."
    ),
    "pages_not_scanned": N_("Only {most} of {pages} pages are scanned; split the file to have all of them read."),
    "layers_not_scanned": N_(
        "Only the flattened picture is scanned; export the layers as pictures to have each of them read."
    ),
    # Problems of reading an image and what else its file holds
    "undecoded_symbol": N_("a QR code was seen but could not be decoded; look at the picture"),
    "text_not_read": N_("the picture holds more lines of text than are read; cut it into parts and scan those"),
    "trailing_archive": N_("{what:C} that could not be opened stands behind the image's end; extract and scan it."),
    "trailing_image": N_("{what:C} stands behind the image's end and was not read in full; extract and look at it."),
    "trailing_video": N_(
        "{what:C} that was not examined stands behind the image's end; use idscan redact to leave it out."
    ),
    "trailing_bytes": N_("{what:C} stands behind the image's end; use idscan redact to leave it out."),
    "older_image": N_("{what:C} stands behind the image's end and can be restored; use idscan redact to leave it out."),
    "not_fully_searched": N_(
        "The file holds more thumbnails, archives or text besides the image than are read; extract and scan them."
    ),
    # What came back from an image
    "leak_archive": N_("an archive follows the end of the image"),
    "leak_bytes": N_("the bytes of the file contain a watched value"),
    "leak_date": N_("a date can be read, though not what it is"),
    "leak_embedded": N_("an embedded image ({where}) shows it"),
    "leak_embedded_detail": N_("an embedded image ({where}) shows more than the image"),
    "leak_faint": N_("print or a code under a cover is readable with stretched contrast"),
    "leak_metadata": N_("text in the metadata ({where}) identifies a person"),
    "leak_name": N_("the name of the file contains a number"),
    "leak_older_image": N_("the rest of an older image follows the end and can be restored"),
    "leak_other_image": N_("a value of another image can be read"),
    "leak_part": N_("a part of the {field} can be read"),
    "leak_part_of_number": N_("a part of a number or of a zone can be read"),
    "leak_readable": N_("{field} can be read"),
    "leak_restored_code": N_("a hidden code can be restored"),
    "leak_unread": N_("print or a code is visible where the {field} stands, and could not be read"),
    "leak_watched": N_("a watched value can be read"),
    "leak_watched_on_card": N_("a watched value can be read on a card"),
    # Problems of a run
    "out_of_memory": N_("there was not enough memory; try fewer --jobs or a lower --max-pixels"),
    "internal_error": N_("idscan has a bug: {kind} at {place}; please report it"),
    "foreign_result": N_("idscan has a bug: the result is not one of this picture; please report it"),
    "worker_died": N_("the process that read this picture ended unexpectedly"),
    # Problems of publishing a redacted file
    "unsupported_output": N_("{format} files cannot be written anew; export the picture as PNG and redact that."),
    "too_many_pages": N_("It has {pages} pages, of which {most} are read; split the file and redact its parts."),
    "would_overwrite": N_("Another file stands where the result goes; move it, or use --force."),
    "changed_meanwhile": N_("The file changed while it was being redacted; run it again."),
    "source_gone": N_("the picture was moved or removed meanwhile; run it again"),
    "source_is_link": N_(
        "a symbolic link leads to the picture, which stays as it is; name the folder where it really lies"
    ),
    "source_has_names": N_(
        "the picture has another name (a hard link) that would still show it; remove that one first"
    ),
    "still_leaks": N_("Something can still be read after {rounds} rounds ({kinds}); hide it by hand."),
    "bytes_leak": N_("Its pixels show nothing, but its bytes hold a value of another picture; save it anew as a PNG."),
    "leaks_beside": N_("What stands beside its pixels gives somebody away ({kinds}); publish it with --clean strip."),
}
