"""Thunderbird, headless: its own commands to reply and forward, and the text typed into its own composer."""

from __future__ import annotations

import json
import subprocess
from html import escape
from pathlib import Path

from clients.marionette import Marionette
from clients.person import Person
from servers import free_port

_LOGIN = """
const [host, user, password] = args;
const login = Cc["@mozilla.org/login-manager/loginInfo;1"].createInstance(Ci.nsILoginInfo);
login.init("imap://" + host, null, "imap://" + host, user, password, "", "");
await Services.logins.addLoginAsync(login);
await until("window", () => main() && main().document.readyState == "complete");
"""
# The newest mail in INBOX whose subject has the text, selected and shown; then the command.
_OPEN = """
const [find, command] = args;
const inbox = await until("inbox", () => {
  for (const account of MailServices.accounts.accounts)
    if (account.incomingServer.type == "imap")
      return account.incomingServer.rootFolder.getFolderWithFlags(Ci.nsMsgFolderFlags.Inbox);
});
const about3 = await until("main window", () => {
  const found = main().document.getElementById("tabmail").currentAbout3Pane;
  return found && found.displayFolder && found;
});
about3.displayFolder(inbox.URI);
let tries = 0;
const header = await until("the mail", () => {
  if (tries++ % 25 == 0) inbox.updateFolder(null);
  if (tries < 10) return null;
  let best = null;
  for (const one of inbox.messages)
    if (one.mime2DecodedSubject.includes(find) && (!best || one.messageKey > best.messageKey)) best = one;
  return best;
});
await until("its row", () => {
  const row = about3.gDBView.findIndexOfMsgHdr(header, true);
  if (row < 0 || row > 1e9) return false;
  about3.threadTree.selectedIndex = row;
  return about3.gDBView.getSelectedMsgHdrs()[0] == header;
});
await until("its text", () => {
  const shown = about3.document.getElementById("messageBrowser").contentWindow;
  return shown.msgLoaded && shown.gMessage == header;
});
about3.commandController.doCommand(command);
"""
_WRITE = """
const [lines, to, subject, attach] = args;
const w = await until("composer", () => composer() && composer().composeEditorReady && composer());
if (to) {
  const input = w.document.getElementById("toAddrInput");
  input.focus(); input.value = to; w.recipientAddPills(input);
}
if (subject) w.document.getElementById("msgSubject").value = subject;
if (attach) {
  const file = Cc["@mozilla.org/file/local;1"].createInstance(Ci.nsIFile);
  file.initWithPath(attach);
  const made = Cc["@mozilla.org/messengercompose/attachment;1"].createInstance(Ci.nsIMsgAttachment);
  made.url = Services.io.newFileURI(file).spec; made.name = file.leafName; made.size = file.fileSize;
  await w.AddAttachments([made]);
}
const editor = w.gMsgCompose.editor;
w.document.getElementById("messageEditor").focus();
editor.beginningOfDocument();
// Shift and Return between the lines, as Return alone begins a paragraph.
editor.document.execCommand("insertHTML", false, lines.join("<br>") + "<br><br>");
w.goDoCommand("cmd_sendNow");
await until("sent", () => !composer());
"""


class Thunderbird:
    """Thunderbird in somebody's hands: it starts with the first mail and stays open."""

    def __init__(self, person: Person) -> None:
        self._person = person
        self._process: subprocess.Popen[bytes] | None = None
        self._marionette: Marionette | None = None

    def send(self, to: str, subject: str, text: str, attach: Path | None = None) -> None:
        """Write."""
        remote = self._opened()
        remote.run('main().goDoCommand("cmd_newMessage");')
        remote.run(_WRITE, _lines(text), to, subject, str(attach or ""))

    def reply(self, find: str, text: str, attach: Path | None = None) -> None:
        """Reply, in HTML and above the quote."""
        self._opened().run(_OPEN, find, "cmd_reply")
        self._opened().run(_WRITE, _lines(text), "", "", str(attach or ""))

    def forward(self, find: str, to: str, text: str, *, whole: bool = False) -> None:
        """Forward as inline or as an attachment."""
        self._opened().run(_OPEN, find, "cmd_forwardAttachment" if whole else "cmd_forwardInline")
        self._opened().run(_WRITE, _lines(text), to, "", "")

    def close(self) -> None:
        """End the program."""
        if self._marionette:
            self._marionette.close()
        if self._process:
            self._process.kill()
            self._process.wait()

    def _opened(self) -> Marionette:
        if self._marionette is None:
            person, port = self._person, free_port()
            settings = _settings(person, port)
            lines = (f"user_pref({json.dumps(name)}, {json.dumps(value)});\n" for name, value in settings.items())
            profile = person.file("profile/user.js", "".join(lines)).parent
            options = ("--headless", "--marionette", "--remote-allow-system-access", "--no-remote")
            with (person.home / "log").open("wb") as log:
                self._process = subprocess.Popen(
                    ["thunderbird", *options, "--profile", str(profile)],
                    env=person.environment(MOZ_HEADLESS="1", NO_AT_BRIDGE="1"),
                    stdin=subprocess.DEVNULL,
                    stdout=log,
                    stderr=log,
                )
            self._marionette = Marionette(port)
            self._marionette.run(_LOGIN, person.host, person.address, person.password)
        return self._marionette


def _lines(text: str) -> list[str]:
    return escape(text, quote=False).split("\n")


def _settings(person: Person, port: int) -> dict[str, str | int | bool]:
    """An account as its assistant would make it, and nothing that calls home."""
    return {
        "mail.accountmanager.accounts": "account1,account2",
        "mail.accountmanager.defaultaccount": "account1",
        "mail.accountmanager.localfoldersserver": "server2",
        "mail.account.account1.identities": "id1",
        "mail.account.account1.server": "server1",
        "mail.account.account2.server": "server2",
        "mail.account.lastKey": 2,
        "mail.server.server1.type": "imap",
        "mail.server.server1.name": person.address,
        "mail.server.server1.hostname": person.host,
        "mail.server.server1.port": person.imap_port,
        "mail.server.server1.userName": person.address,
        "mail.server.server1.authMethod": 3,
        "mail.server.server1.socketType": 0,
        "mail.server.server1.login_at_startup": False,
        "mail.server.server1.check_new_mail": False,
        "mail.server.server2.type": "none",
        "mail.server.server2.name": "Local Folders",
        "mail.server.server2.hostname": "Local Folders",
        "mail.server.server2.userName": "nobody",
        "mail.smtpservers": "smtp1",
        "mail.smtp.defaultserver": "smtp1",
        "mail.smtpserver.smtp1.hostname": person.host,
        "mail.smtpserver.smtp1.port": person.smtp_port,
        "mail.smtpserver.smtp1.authMethod": 1,
        "mail.smtpserver.smtp1.try_ssl": 0,
        "mail.identity.id1.useremail": person.address,
        "mail.identity.id1.fullName": person.name,
        "mail.identity.id1.smtpServer": "smtp1",
        "mail.identity.id1.valid": True,
        "mail.identity.id1.compose_html": True,
        "mail.identity.id1.reply_on_top": 1,
        "mail.identity.id1.fcc": False,
        "mail.compose.attachment_reminder": False,
        "mail.shell.checkDefaultClient": False,
        "mail.provider.suppress_dialog_on_startup": True,
        "mail.rights.version": 1,
        "mailnews.start_page.enabled": False,
        "mailnews.start_page_override.mstone": "ignore",
        "app.update.enabled": False,
        "app.donation.eoy.version.viewed": 999,
        "mail.inappnotifications.enabled": False,
        "datareporting.policy.dataSubmissionEnabled": False,
        "toolkit.telemetry.enabled": False,
        "network.dns.disablePrefetch": True,
        "mail.default_send_format": 0,
        "marionette.port": port,
    }
