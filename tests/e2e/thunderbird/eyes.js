// Special folders have Thunderbird's own words since 153, and before that those of the provider.
const OF_THE_PROVIDER = { Archives: "Archive", Spam: "Junk", Deleted: "Trash" };

// What is on the screen: texts and marks as the user sees them. Nothing here changes anything.
const { MailServices } = ChromeUtils.importESModule("resource:///modules/MailServices.sys.mjs");

const eyes = {
  release() {
    return Number(Services.appinfo.version.split(".")[0]);
  },

  pane() {
    const main = Services.wm.getMostRecentWindow("mail:3pane");
    return main?.document.getElementById("tabmail")?.currentAbout3Pane;
  },

  // The folder pane from top to bottom: [depth, name, unread count].
  folders() {
    const found = "#folderTree li[is=folder-tree-row]";
    const rows = eyes.pane()?.document.querySelectorAll(found) ?? [];
    return [...rows].map(row => [row.depth, row.name, Number(row.unreadCountLabel.textContent)]);
  },

  // The name of the folder that is open.
  folder() {
    return eyes.pane()?.folderTree.selectedRow?.name ?? "";
  },

  // The row of a folder by the names on the way to it: ["support", "Status", "Done"].
  folderRow(names) {
    let rows = [...(eyes.pane()?.document.querySelectorAll("#folderTree > li > ul > li") ?? [])];
    let row = null;
    for (const name of names) {
      row = rows.find(one => one.name == name || one.name == OF_THE_PROVIDER[name]);
      rows = [...(row?.childList.children ?? [])];
    }
    return row ?? null;
  },

  // How the list of the open folder shows a mail, scrolled to where it is.
  row(subject) {
    const pane = eyes.pane();
    const index = eyes.index(subject);
    if (index < 0) {
      return null;
    }
    const row = pane.threadTree.getRowAtIndex(index);
    if (!row) {
      pane.threadTree.scrollToIndex(index, true);
      throw new Error(`${subject} is being scrolled to`);
    }
    eyes.redraw(pane, index);
    const marks = row.dataset.properties.split(" ");
    const tags = row.threadCardTags ?? row.threadCardTagsInfo; // Thunderbird 140's name for it
    return {
      subject: row.subjectLine.textContent,
      tags: tags.title.split(/, and |, | and /).filter(tag => tag).sort(),
      unread: marks.includes("unread"),
      answered: marks.includes("replied"),
      forwarded: marks.includes("forwarded"),
    };
  },

  // Thunderbird 140 knows the tags that the server has changed at once, and draws them when a row or
  // the open mail is drawn for some other reason: the user scrolls, or goes to another mail and back.
  redraw(pane, index) {
    if (eyes.release() < 153) {
      pane.threadTree.invalidateRow(index);
      pane.messageBrowser.contentWindow.OnTagsChange?.();
    }
  },

  index(subject) {
    const view = eyes.pane()?.gDBView;
    for (let index = 0; index < (view?.rowCount ?? 0); index++) {
      if (view.cellTextForColumn(index, "subjectCol") == subject) {
        return index;
      }
    }
    return -1;
  },

  rows() {
    return eyes.pane()?.gDBView?.rowCount ?? 0;
  },

  // How many mails of the open folder are kept on this computer, text and all.
  stored() {
    const folder = eyes.pane().gFolder;
    return [...folder.messages].filter(mail => folder.hasMsgOffline(mail.messageKey)).length;
  },

  message() {
    return eyes.pane()?.messageBrowser?.contentDocument;
  },

  // The mail that is open: subject, tags as the header's coloured labels, text.
  mail() {
    const header = eyes.message();
    const body = header?.getElementById("messagepane")?.contentDocument?.body;
    return {
      subject: header?.getElementById("expandedsubjectBox")?.value?.textContent ?? "",
      tags: [...(header?.querySelectorAll("#expandedtagsBox .tag") ?? [])]
        .map(tag => tag.textContent).sort(),
      text: body?.textContent ?? "",
    };
  },

  // Pop-ups in the corner of the screen, newest last.
  notifications() {
    return [...Services.wm.getEnumerator("alert:alert")].map(popup => {
      const label = popup.document.getElementById("alertTextLabel");
      return label.getAttribute("tooltiptext") || label.textContent;
    });
  },

  // Boxes that want an answer: those of the program, and those of one window.
  dialogs() {
    const found = [];
    for (const box of Services.wm.getEnumerator(null)) {
      const text = box.document.getElementById("infoBody");
      if (box.location.href.endsWith("/commonDialog.xhtml") && text) {
        found.push(text.textContent);
      }
      for (const frame of box.document.querySelectorAll("browser.dialogFrame")) {
        found.push(frame.contentDocument?.getElementById("infoBody")?.textContent ?? "");
      }
    }
    return found.filter(text => text);
  },

  composer() {
    return Services.wm.getMostRecentWindow("msgcompose");
  },

  // The window in which a mail is written, or null.
  draft() {
    const window = eyes.composer();
    if (!window || window.gWindowLocked === undefined || !window.gMsgCompose?.editor) {
      return null;
    }
    return {
      subject: window.document.getElementById("msgSubject").value,
      text: window.gMsgCompose.editor.rootElement.textContent,
      to: [...window.document.querySelectorAll("mail-address-pill")].map(pill => pill.emailAddress),
      sending: window.gSendOperationInProgress,
    };
  },

  // The tags of the menu, in the order of the digit keys: [key, label, colour].
  tagList() {
    return MailServices.tags.getAllTags().map(tag => [tag.key, tag.tag, tag.color]);
  },

  // From which addresses mails are written: [name, address, Sent].
  senders() {
    return MailServices.accounts.allIdentities.map(one => [one.fullName, one.email, one.fccFolder]);
  },

  // What the dialogs said that hands.answerPasswordDialogs has answered.
  asked() {
    return Services.wm.getMostRecentWindow("mail:3pane").passwordsAsked;
  },

  windows() {
    return [...Services.wm.getEnumerator(null)].map(window => window.location.href);
  },
};
