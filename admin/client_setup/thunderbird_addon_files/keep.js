// Keeps the tags of the shared mailbox in step with who works there, and the sender right.
// Never touches another tag. What the user has changed since it was set here, stays as the user has
// it: the storage remembers what was set, by key.
"use strict";

const OURS = /^(\$status-.|\$assignee-.|\$overdue$|\$replying$)/;
const COLOUR = /^#[0-9A-Fa-f]{6}$/;
const ANSWER_MS = 30000; // who waits longer asks again at the next turn
const FOLDERS_FOUND_MS = 15000; // after a new account was made

// ---------------------------------------------------------------- what should be

async function whatIsTold(settings, first) {
  if (!settings.url) {
    return settings.told;
  }
  try {
    const answer = await fetch(settings.url, {
      headers: { Authorization: `Bearer ${settings.token}` },
      cache: "no-store",
      credentials: "omit",
      redirect: "error",
      signal: AbortSignal.timeout(ANSWER_MS),
    });
    if (!answer.ok) {
      throw new Error(`the server answers ${answer.status}`);
    }
    return checked(await answer.json());
  } catch (error) {
    console.warn(`${settings.url}: ${error.message}`);
    return first ? settings.told : null;
  }
}

// A wrong answer must not take tags away: it changes nothing at all.
function checked(told) {
  const right = one => OURS.test(one.key) && one.label && COLOUR.test(one.colour) && one.ordinal;
  if (!told.tags.length || !told.tags.every(right)) {
    throw new Error("the server's answer holds no tags");
  }
  return told;
}

// ---------------------------------------------------------------- tags

async function keepTags(wanted, set) {
  const api = messenger.messages.tags;
  const keys = new Set(wanted.map(tag => tag.key));
  for (const { key } of await api.list()) {
    if (OURS.test(key) && !keys.has(key)) {
      await api.delete(key);
      delete set[key];
    }
  }
  const present = new Map((await api.list()).map(tag => [tag.key, tag]));
  const steps = planned(wanted, present, set);
  await giveFree(steps, present);
  for (const { tag, label, now, change } of steps) {
    if (!now) {
      await api.create(tag.key, label, tag.colour);
    }
    if (Object.keys(change).length) {
      await api.update(tag.key, change);
    }
    set[tag.key] = remembered(tag, label, now, set[tag.key], change);
  }
}

// What is called so by the user makes a label taken; what another of our tags is called for now
// does not.
function planned(wanted, present, set) {
  const users = [...present.values()].filter(one => !OURS.test(one.key) || isRenamed(one, set));
  const labels = new Map(users.map(one => [one.tag, one.key]));
  return wanted.map(tag => {
    const label = freeLabel(tag, labels);
    const now = present.get(tag.key);
    const change = changes(tag, label, now, set[tag.key]);
    labels.set(label, tag.key);
    return { tag, label, now, change };
  });
}

function isRenamed(now, set) {
  const before = set[now.key]?.tag;
  return Boolean(before) && before !== now.tag && !isBetween(now);
}

// Two may have to swap their labels, and Thunderbird has no two tags of one: whoever stands in the
// way gets another name first.
async function giveFree(steps, present) {
  const labels = new Set([...present.values()].map(one => one.tag));
  const coming = new Set(steps.map(({ label, now, change }) => (now ? change.tag : label)));
  for (const { tag, now, change } of steps) {
    if (change.tag && coming.has(now.tag)) {
      let between = tag.key;
      while (labels.has(between)) {
        between += "\u2026";
      }
      await messenger.messages.tags.update(tag.key, { tag: between });
    }
  }
}

// Also after a program that ended in the middle of it.
function isBetween(now) {
  return now.tag.startsWith(now.key);
}

// What was set here last: what is there now and differs is the user's.
function remembered(tag, label, now, before, change) {
  const own = { tag: now && now.tag !== label, color: now && now.color.toUpperCase() !== tag.colour };
  return {
    tag: change.tag ?? (own.tag ? before?.tag : label),
    color: change.color ?? (own.color ? (before?.color ?? tag.colour) : tag.colour),
  };
}

// The server calls people of one name apart; the user may have a tag of a name.
function freeLabel(tag, labels) {
  let label = tag.label;
  while (labels.has(label) && labels.get(label) !== tag.key) {
    label += ` (${tag.key.replace(/^\$[a-z]+-/, "")})`;
  }
  return label;
}

function changes(tag, label, now, before) {
  const change = {};
  if (now?.ordinal !== tag.ordinal) {
    change.ordinal = tag.ordinal;
  }
  if (!now) {
    return change;
  }
  if (now.tag !== label && (!before?.tag || before.tag === now.tag || isBetween(now))) {
    change.tag = label;
  }
  if (before?.color === now.color.toUpperCase() && now.color.toUpperCase() !== tag.colour) {
    change.color = tag.colour;
  }
  return change;
}

// ---------------------------------------------------------------- the sender

// Who signed in as LOGIN@DOMAIN would send as that, and be refused. A person's own account at the
// same domain has the same address: ours is known by a folder with one below it for each status.
async function keepSender(told) {
  const domains = told.mailboxes.map(address => address.replace(/^.*@/, "").toLowerCase());
  const right = new Set(told.mailboxes.map(address => address.toLowerCase()));
  const typed = new Set(domains.map(domain => `${told.login}@${domain}`).filter(a => !right.has(a)));
  const statuses = told.tags.filter(tag => tag.key.startsWith("$status-")).map(tag => tag.label);
  for (const account of await messenger.accounts.list(true)) {
    const wrong = account.identities.filter(one => typed.has(one.email?.toLowerCase()));
    if (account.type === "imap" && wrong.length && isOurs(account, statuses)) {
      for (const identity of wrong) {
        const name = told.organisation ? { name: told.organisation } : {};
        await messenger.identities.update(identity.id, { email: told.mailboxes[0], ...name });
      }
    }
  }
}

function isOurs(account, statuses) {
  const top = account.folders ?? account.rootFolder?.subFolders ?? [];
  const has = (folder, label) => folder.subFolders?.some(one => one.name.endsWith(label));
  return top.some(folder => statuses.every(label => has(folder, label)));
}

// ---------------------------------------------------------------- again and again

async function step(settings) {
  const { set = {} } = await messenger.storage.local.get("set");
  const told = await whatIsTold(settings, !Object.keys(set).length);
  if (!told) {
    return;
  }
  await keepTags(told.tags, set);
  await messenger.storage.local.set({ set });
  if (settings.told.login && told.login) {
    await keepSender(told);
  }
}

async function begin() {
  const settings = await (await fetch(messenger.runtime.getURL("settings.json"))).json();
  let underWay = Promise.resolve();
  // One after the other: two at once would both make the tag that is missing.
  const again = () => {
    underWay = underWay.then(() => step(settings)).catch(error => console.error(error));
  };
  setInterval(again, settings.minutes * 60000);
  messenger.accounts?.onCreated.addListener(() => setTimeout(again, FOLDERS_FOUND_MS));
  again();
}

begin();
