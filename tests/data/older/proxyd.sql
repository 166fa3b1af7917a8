BEGIN TRANSACTION;
CREATE TABLE accounts (
	id INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT, 
	login VARCHAR NOT NULL, 
	name VARCHAR NOT NULL, 
	role VARCHAR NOT NULL, 
	password_hash VARCHAR NOT NULL, 
	disabled BOOLEAN NOT NULL, 
	created_us BIGINT NOT NULL, away_until_us BIGINT, 
	CONSTRAINT uq_accounts_login UNIQUE (login)
);
INSERT INTO "accounts" VALUES(1,'anna','Anna Sato','staff','hash',0,1750000000000000,NULL);
INSERT INTO "accounts" VALUES(2,'ben','Ben Mori','staff','hash',0,1750000000000000,NULL);
INSERT INTO "accounts" VALUES(3,'mara','Mara Ito','staff','hash',0,1750000000000000,NULL);
INSERT INTO "accounts" VALUES(4,'rita','Rita Abe','staff','hash',0,1750000000000000,NULL);
CREATE TABLE alembic_version (
	version_num VARCHAR(32) NOT NULL, 
	CONSTRAINT alembic_version_pkc PRIMARY KEY (version_num)
);
INSERT INTO "alembic_version" VALUES('0008');
CREATE TABLE annotations (
	id INTEGER NOT NULL, 
	account_id INTEGER, 
	view_id INTEGER, 
	entry VARCHAR NOT NULL, 
	value BLOB NOT NULL, 
	CONSTRAINT pk_annotations PRIMARY KEY (id), 
	CONSTRAINT fk_annotations_account_id_accounts FOREIGN KEY(account_id) REFERENCES accounts (id) ON DELETE CASCADE, 
	CONSTRAINT fk_annotations_view_id_views FOREIGN KEY(view_id) REFERENCES views (id) ON DELETE CASCADE
);
CREATE TABLE answers (
	id INTEGER NOT NULL, 
	conversation_id INTEGER NOT NULL, 
	account_id INTEGER, 
	name VARCHAR NOT NULL, 
	message_id VARCHAR NOT NULL, 
	at_us BIGINT NOT NULL, 
	CONSTRAINT pk_answers PRIMARY KEY (id), 
	CONSTRAINT fk_answers_conversation_id_conversations FOREIGN KEY(conversation_id) REFERENCES conversations (id) ON DELETE CASCADE, 
	CONSTRAINT fk_answers_account_id_accounts FOREIGN KEY(account_id) REFERENCES accounts (id) ON DELETE SET NULL
);
INSERT INTO "answers" VALUES(1,2,1,'Anna Sato','answer@us',1750000240000000);
CREATE TABLE begun (
	id INTEGER NOT NULL, 
	mailbox_id INTEGER NOT NULL, 
	at_us BIGINT NOT NULL, 
	records TEXT NOT NULL, 
	CONSTRAINT pk_begun PRIMARY KEY (id), 
	CONSTRAINT fk_begun_mailbox_id_mailboxes FOREIGN KEY(mailbox_id) REFERENCES mailboxes (id) ON DELETE CASCADE
);
CREATE TABLE conversations (
	id INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT, 
	mailbox_id INTEGER NOT NULL, 
	status VARCHAR NOT NULL, 
	assignee_id INTEGER, 
	changed_us BIGINT NOT NULL, modseq BIGINT DEFAULT '1' NOT NULL, 
	CONSTRAINT fk_conversations_mailbox_id_mailboxes FOREIGN KEY(mailbox_id) REFERENCES mailboxes (id) ON DELETE CASCADE, 
	CONSTRAINT fk_conversations_assignee_id_accounts FOREIGN KEY(assignee_id) REFERENCES accounts (id) ON DELETE SET NULL
);
INSERT INTO "conversations" VALUES(1,1,'open',NULL,1750000300000000,7);
INSERT INTO "conversations" VALUES(2,1,'done',1,1750000240000000,5);
INSERT INTO "conversations" VALUES(3,1,'done',NULL,1750000420000000,9);
INSERT INTO "conversations" VALUES(4,1,'open',NULL,1750000480000000,10);
CREATE TABLE folders (
	id INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT, 
	mailbox_id INTEGER NOT NULL, 
	name VARCHAR NOT NULL, 
	delimiter VARCHAR NOT NULL, 
	attributes VARCHAR NOT NULL, 
	uidvalidity BIGINT NOT NULL, 
	uidnext BIGINT NOT NULL, 
	modseq BIGINT NOT NULL, 
	keywords BOOLEAN NOT NULL, 
	CONSTRAINT uq_folders_mailbox_id UNIQUE (mailbox_id, name), 
	CONSTRAINT fk_folders_mailbox_id_mailboxes FOREIGN KEY(mailbox_id) REFERENCES mailboxes (id) ON DELETE CASCADE
);
INSERT INTO "folders" VALUES(1,1,'INBOX','/','',1,7,0,1);
INSERT INTO "folders" VALUES(2,1,'Sent','/','\sent',2,3,0,1);
INSERT INTO "folders" VALUES(3,1,'Drafts','/','\drafts',3,1,0,1);
INSERT INTO "folders" VALUES(4,1,'Trash','/','\trash',4,1,0,1);
INSERT INTO "folders" VALUES(5,1,'Junk','/','\junk',5,1,0,1);
INSERT INTO "folders" VALUES(6,1,'Archive','/','\archive',6,1,0,1);
CREATE TABLE grants (
	account_id INTEGER NOT NULL, 
	mailbox_id INTEGER NOT NULL, 
	"right" INTEGER NOT NULL, 
	position INTEGER NOT NULL, 
	CONSTRAINT pk_grants PRIMARY KEY (account_id, mailbox_id), 
	CONSTRAINT fk_grants_account_id_accounts FOREIGN KEY(account_id) REFERENCES accounts (id) ON DELETE CASCADE, 
	CONSTRAINT fk_grants_mailbox_id_mailboxes FOREIGN KEY(mailbox_id) REFERENCES mailboxes (id) ON DELETE CASCADE
);
INSERT INTO "grants" VALUES(1,1,2,0);
INSERT INTO "grants" VALUES(2,1,2,0);
INSERT INTO "grants" VALUES(3,1,3,0);
INSERT INTO "grants" VALUES(4,1,1,0);
CREATE TABLE half_done (
	begun_id INTEGER NOT NULL, 
	folder VARCHAR NOT NULL, 
	uidvalidity BIGINT NOT NULL, 
	uidnext BIGINT NOT NULL, 
	marked BOOLEAN NOT NULL, 
	CONSTRAINT pk_half_done PRIMARY KEY (begun_id), 
	CONSTRAINT fk_half_done_begun_id_begun FOREIGN KEY(begun_id) REFERENCES begun (id) ON DELETE CASCADE
);
CREATE TABLE half_done_mails (
	begun_id INTEGER NOT NULL, 
	position INTEGER NOT NULL, 
	digest BLOB NOT NULL, 
	uid BIGINT, 
	CONSTRAINT pk_half_done_mails PRIMARY KEY (begun_id, position), 
	CONSTRAINT fk_half_done_mails_begun_id_half_done FOREIGN KEY(begun_id) REFERENCES half_done (begun_id) ON DELETE CASCADE
);
CREATE TABLE log (
	number INTEGER NOT NULL, 
	at_us BIGINT NOT NULL, 
	action VARCHAR NOT NULL, 
	outcome VARCHAR NOT NULL, 
	actor VARCHAR NOT NULL, 
	mailbox VARCHAR NOT NULL, 
	"view" VARCHAR NOT NULL, 
	message_id VARCHAR NOT NULL, 
	subject_digest VARCHAR NOT NULL, 
	conversation INTEGER, 
	door VARCHAR NOT NULL, 
	address VARCHAR NOT NULL, 
	client VARCHAR NOT NULL, 
	session VARCHAR NOT NULL, 
	detail TEXT NOT NULL, 
	chain BLOB NOT NULL, 
	CONSTRAINT pk_log PRIMARY KEY (number)
);
INSERT INTO "log" VALUES(1,1750000120000000,'arrive','ok','','support','INBOX','ida-1@x','d:About ida-1@x',2,'proxyd','','','','{}',X'EEB9687C22852522519CC4DC9FCC4AD4ED08463EF55FB0EBC843BDFD2B983FEF');
INSERT INTO "log" VALUES(2,1750000180000000,'arrive','ok','','support','INBOX','ida-2@x','d:About ida-2@x',2,'proxyd','','','','{}',X'9C42174C209909886581F7FB3A486FE5A3C99FC29BF8F3255E849DFA491AC7E1');
INSERT INTO "log" VALUES(3,1750000240000000,'status','ok','anna','support','','ida-2@x','',2,'smtp','','','','{"answer": "answer@us", "by": "answer", "from": "open", "to": "done"}',X'AE6E63AA482C05E26955CC9A316919B49A55C10DA9B9874CC73781CAFF6F9949');
INSERT INTO "log" VALUES(4,1750000240000000,'claim','ok','anna','support','','ida-2@x','',2,'smtp','','','','{"answer": "answer@us", "by": "answer", "from": "", "to": "anna"}',X'7C958C49F558A41964F735594460438E0827001030872FEFA34A15B22871433F');
INSERT INTO "log" VALUES(5,1750000300000000,'arrive','ok','','support','INBOX','ida-3@x','d:About ida-3@x',1,'proxyd','','','','{"from": "done", "to": "open"}',X'7BFC05F9E4CEA8242B50C1647CC4FDA4A47381C91996985B1545E771ED3C3AD1');
INSERT INTO "log" VALUES(6,1750000360000000,'arrive','ok','','support','INBOX','uwe-1@x','d:About uwe-1@x',1,'proxyd','','','','{}',X'81CE3FA97D0A31ECDB19DEA723B4087215F873840BC844F9E41A55CB210646A3');
INSERT INTO "log" VALUES(7,1750000420000000,'arrive','ok','','support','INBOX','group@x','d:About group@x',3,'proxyd','','','','{}',X'CA09B00311F8B7D4F04235C6E7EE656999B9D45FBA0970BF19E820214F19AB4F');
INSERT INTO "log" VALUES(8,1750000480000000,'arrive','ok','','support','INBOX','open@x','d:About open@x',4,'proxyd','','','','{}',X'39694D36F1DF195502431D2FE593356C4D9E62CDE8CF529E2948C4A703AA823F');
CREATE TABLE mailboxes (
	id INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT, 
	name VARCHAR NOT NULL, 
	address VARCHAR NOT NULL, 
	aliases TEXT NOT NULL, 
	language VARCHAR NOT NULL, 
	seen VARCHAR NOT NULL, 
	imap TEXT NOT NULL, 
	smtp TEXT NOT NULL, 
	sealed_password BLOB NOT NULL, 
	created_us BIGINT NOT NULL, policy TEXT DEFAULT '{}' NOT NULL, 
	CONSTRAINT uq_mailboxes_name UNIQUE (name)
);
INSERT INTO "mailboxes" VALUES(1,'support','support@example.test','[]','en','person','{"ca_file": null, "host": "127.0.0.1", "port": 1, "security": "plain", "user": "support"}','{"ca_file": null, "host": "127.0.0.1", "port": 1, "security": "plain", "user": "support"}',X'7365616C6564',1750000000000000,'{}');
CREATE TABLE messages (
	id INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT, 
	folder_id INTEGER NOT NULL, 
	uid BIGINT NOT NULL, 
	conversation_id INTEGER NOT NULL, 
	message_id VARCHAR NOT NULL, 
	size BIGINT NOT NULL, 
	internal_date VARCHAR NOT NULL, 
	flags VARCHAR NOT NULL, 
	local_keywords VARCHAR NOT NULL, 
	inbound BOOLEAN NOT NULL, 
	automatic BOOLEAN NOT NULL, 
	subject_digest VARCHAR NOT NULL, modseq BIGINT DEFAULT '1' NOT NULL, origin BIGINT DEFAULT '0' NOT NULL, thread BIGINT DEFAULT '0' NOT NULL, 
	CONSTRAINT uq_messages_folder_id UNIQUE (folder_id, uid), 
	CONSTRAINT fk_messages_folder_id_folders FOREIGN KEY(folder_id) REFERENCES folders (id) ON DELETE CASCADE, 
	CONSTRAINT fk_messages_conversation_id_conversations FOREIGN KEY(conversation_id) REFERENCES conversations (id)
);
INSERT INTO "messages" VALUES(1,2,1,1,'circular@us',148,'17-Jul-2026 02:44:25 +0900','','',0,0,'d:About circular@us',2,0,1);
INSERT INTO "messages" VALUES(2,1,1,2,'ida-1@x',117,'17-Jul-2026 02:44:25 +0900','','',1,0,'d:About ida-1@x',3,0,2);
INSERT INTO "messages" VALUES(3,1,2,2,'ida-2@x',164,'17-Jul-2026 02:44:25 +0900','\Answered','',1,0,'d:About ida-2@x',5,0,2);
INSERT INTO "messages" VALUES(4,2,2,2,'answer@us',180,'17-Jul-2026 02:44:25 +0900','','',0,0,'d:About answer@us',6,0,2);
INSERT INTO "messages" VALUES(5,1,3,1,'ida-3@x',145,'17-Jul-2026 02:44:25 +0900','','',1,0,'d:About ida-3@x',7,0,1);
INSERT INTO "messages" VALUES(6,1,4,1,'uwe-1@x',145,'17-Jul-2026 02:44:25 +0900','','',1,0,'d:About uwe-1@x',8,0,1);
INSERT INTO "messages" VALUES(7,1,5,3,'group@x',168,'17-Jul-2026 02:44:25 +0900','','',1,1,'d:About group@x',9,0,3);
INSERT INTO "messages" VALUES(8,1,6,4,'open@x',114,'17-Jul-2026 02:44:25 +0900','','',1,0,'d:About open@x',10,0,4);
CREATE TABLE meta (
	"key" VARCHAR NOT NULL, 
	value VARCHAR NOT NULL, 
	CONSTRAINT pk_meta PRIMARY KEY ("key")
);
INSERT INTO "meta" VALUES('key-check','da9ac80d232c070b023a6094213bbc4c4eb1a8de899ffb09428e5017549c0737');
INSERT INTO "meta" VALUES('epoch','9');
INSERT INTO "meta" VALUES('uidvalidity','1750000014');
CREATE TABLE outbox (
	id INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT, 
	mailbox_id INTEGER NOT NULL, 
	account_id INTEGER, 
	login VARCHAR NOT NULL, 
	conversation_id INTEGER, 
	message_id VARCHAR NOT NULL, 
	digest VARCHAR NOT NULL, 
	sender VARCHAR NOT NULL, 
	recipients TEXT NOT NULL, 
	state VARCHAR NOT NULL, 
	created_us BIGINT NOT NULL, 
	message BLOB, 
	CONSTRAINT fk_outbox_mailbox_id_mailboxes FOREIGN KEY(mailbox_id) REFERENCES mailboxes (id) ON DELETE CASCADE, 
	CONSTRAINT fk_outbox_account_id_accounts FOREIGN KEY(account_id) REFERENCES accounts (id) ON DELETE SET NULL, 
	CONSTRAINT fk_outbox_conversation_id_conversations FOREIGN KEY(conversation_id) REFERENCES conversations (id) ON DELETE SET NULL
);
CREATE TABLE owed (
	message_id INTEGER NOT NULL, 
	word VARCHAR NOT NULL, 
	flag VARCHAR NOT NULL, 
	wanted BOOLEAN NOT NULL, 
	at_us BIGINT NOT NULL, 
	actor VARCHAR NOT NULL, 
	CONSTRAINT pk_owed PRIMARY KEY (message_id, word), 
	CONSTRAINT fk_owed_message_id_messages FOREIGN KEY(message_id) REFERENCES messages (id) ON DELETE CASCADE
);
CREATE TABLE refusals (
	id INTEGER NOT NULL, 
	account_id INTEGER NOT NULL, 
	conversation_id INTEGER, 
	digest VARCHAR NOT NULL, 
	guard VARCHAR NOT NULL, 
	at_us BIGINT NOT NULL, copy VARCHAR DEFAULT '-' NOT NULL, forfeited BOOLEAN DEFAULT '0' NOT NULL, 
	CONSTRAINT pk_refusals PRIMARY KEY (id), 
	CONSTRAINT fk_refusals_account_id_accounts FOREIGN KEY(account_id) REFERENCES accounts (id) ON DELETE CASCADE, 
	CONSTRAINT fk_refusals_conversation_id_conversations FOREIGN KEY(conversation_id) REFERENCES conversations (id) ON DELETE CASCADE
);
CREATE TABLE seen (
	account_id INTEGER NOT NULL, 
	message_id INTEGER NOT NULL, 
	seen BOOLEAN NOT NULL, modseq BIGINT DEFAULT '1' NOT NULL, 
	CONSTRAINT pk_seen PRIMARY KEY (account_id, message_id), 
	CONSTRAINT fk_seen_account_id_accounts FOREIGN KEY(account_id) REFERENCES accounts (id) ON DELETE CASCADE, 
	CONSTRAINT fk_seen_message_id_messages FOREIGN KEY(message_id) REFERENCES messages (id) ON DELETE CASCADE
)
 WITHOUT ROWID

;
CREATE TABLE subscriptions (
	account_id INTEGER NOT NULL, 
	name VARCHAR NOT NULL, 
	subscribed BOOLEAN NOT NULL, 
	CONSTRAINT pk_subscriptions PRIMARY KEY (account_id, name), 
	CONSTRAINT fk_subscriptions_account_id_accounts FOREIGN KEY(account_id) REFERENCES accounts (id) ON DELETE CASCADE
);
CREATE TABLE thread_ids (
	mailbox_id INTEGER NOT NULL, 
	message_id VARCHAR NOT NULL, 
	conversation_id INTEGER NOT NULL, 
	arrived BOOLEAN NOT NULL, 
	CONSTRAINT pk_thread_ids PRIMARY KEY (mailbox_id, message_id), 
	CONSTRAINT fk_thread_ids_mailbox_id_mailboxes FOREIGN KEY(mailbox_id) REFERENCES mailboxes (id) ON DELETE CASCADE, 
	CONSTRAINT fk_thread_ids_conversation_id_conversations FOREIGN KEY(conversation_id) REFERENCES conversations (id) ON DELETE CASCADE
);
INSERT INTO "thread_ids" VALUES(1,'circular@us',1,0);
INSERT INTO "thread_ids" VALUES(1,'ida-1@x',2,1);
INSERT INTO "thread_ids" VALUES(1,'ida-2@x',2,1);
INSERT INTO "thread_ids" VALUES(1,'answer@us',2,0);
INSERT INTO "thread_ids" VALUES(1,'ida-3@x',1,1);
INSERT INTO "thread_ids" VALUES(1,'uwe-1@x',1,1);
INSERT INTO "thread_ids" VALUES(1,'group@x',3,1);
INSERT INTO "thread_ids" VALUES(1,'open@x',4,1);
CREATE TABLE view_messages (
	view_id INTEGER NOT NULL, 
	uid BIGINT NOT NULL, 
	message_id INTEGER NOT NULL, saved_us BIGINT DEFAULT '0' NOT NULL, 
	CONSTRAINT pk_view_messages PRIMARY KEY (view_id, uid), 
	CONSTRAINT fk_view_messages_view_id_views FOREIGN KEY(view_id) REFERENCES views (id) ON DELETE CASCADE, 
	CONSTRAINT fk_view_messages_message_id_messages FOREIGN KEY(message_id) REFERENCES messages (id) ON DELETE CASCADE
)
 WITHOUT ROWID

;
INSERT INTO "view_messages" VALUES(1,3,5,1750000300000000);
INSERT INTO "view_messages" VALUES(1,4,6,1750000360000000);
INSERT INTO "view_messages" VALUES(1,5,8,1750000480000000);
INSERT INTO "view_messages" VALUES(4,1,2,1750000240000000);
INSERT INTO "view_messages" VALUES(4,2,3,1750000240000000);
INSERT INTO "view_messages" VALUES(4,3,7,1750000420000000);
INSERT INTO "view_messages" VALUES(5,3,5,1750000300000000);
INSERT INTO "view_messages" VALUES(5,4,6,1750000360000000);
INSERT INTO "view_messages" VALUES(5,5,8,1750000480000000);
INSERT INTO "view_messages" VALUES(6,1,2,1750000240000000);
INSERT INTO "view_messages" VALUES(6,2,3,1750000240000000);
INSERT INTO "view_messages" VALUES(10,1,2,1750000120000000);
INSERT INTO "view_messages" VALUES(10,2,3,1750000180000000);
INSERT INTO "view_messages" VALUES(10,3,5,1750000300000000);
INSERT INTO "view_messages" VALUES(10,4,6,1750000360000000);
INSERT INTO "view_messages" VALUES(10,5,7,1750000420000000);
INSERT INTO "view_messages" VALUES(10,6,8,1750000480000000);
INSERT INTO "view_messages" VALUES(11,1,1,1750000060000000);
INSERT INTO "view_messages" VALUES(11,2,4,1750000240000000);
CREATE TABLE views (
	id INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT, 
	mailbox_id INTEGER NOT NULL, 
	kind VARCHAR NOT NULL, 
	subject VARCHAR NOT NULL, 
	uidvalidity BIGINT NOT NULL, 
	uidnext BIGINT NOT NULL, modseq BIGINT DEFAULT '1' NOT NULL, 
	CONSTRAINT uq_views_mailbox_id UNIQUE (mailbox_id, kind, subject), 
	CONSTRAINT fk_views_mailbox_id_mailboxes FOREIGN KEY(mailbox_id) REFERENCES mailboxes (id) ON DELETE CASCADE
);
INSERT INTO "views" VALUES(1,1,'status','open',1750000000,6,10);
INSERT INTO "views" VALUES(2,1,'status','checking',1750000001,1,1);
INSERT INTO "views" VALUES(3,1,'status','hold',1750000002,1,1);
INSERT INTO "views" VALUES(4,1,'status','done',1750000003,4,9);
INSERT INTO "views" VALUES(5,1,'unassigned','',1750000004,6,10);
INSERT INTO "views" VALUES(6,1,'assignee','1',1750000005,3,5);
INSERT INTO "views" VALUES(7,1,'assignee','2',1750000006,1,1);
INSERT INTO "views" VALUES(8,1,'assignee','3',1750000007,1,1);
INSERT INTO "views" VALUES(9,1,'assignee','4',1750000008,1,1);
INSERT INTO "views" VALUES(10,1,'folder','1',1750000009,7,10);
INSERT INTO "views" VALUES(11,1,'folder','2',1750000010,3,7);
INSERT INTO "views" VALUES(12,1,'folder','3',1750000011,1,1);
INSERT INTO "views" VALUES(13,1,'folder','4',1750000012,1,1);
INSERT INTO "views" VALUES(14,1,'folder','5',1750000013,1,1);
INSERT INTO "views" VALUES(15,1,'folder','6',1750000014,1,1);
CREATE INDEX ix_conversations_mailbox_id ON conversations (mailbox_id);
CREATE INDEX ix_conversations_assignee_id ON conversations (assignee_id);
CREATE INDEX ix_messages_conversation_id ON messages (conversation_id);
CREATE INDEX ix_thread_ids_conversation_id ON thread_ids (conversation_id);
CREATE INDEX ix_answers_conversation_id ON answers (conversation_id);
CREATE INDEX ix_view_messages_message_id ON view_messages (message_id);
CREATE INDEX ix_seen_message_id ON seen (message_id);
CREATE INDEX ix_outbox_message_id ON outbox (message_id);
CREATE INDEX ix_outbox_state ON outbox (state);
CREATE INDEX ix_refusals_who ON refusals (account_id, conversation_id, digest);
CREATE INDEX ix_log_at_us ON log (at_us);
CREATE INDEX ix_log_actor ON log (actor, number);
CREATE INDEX ix_log_message ON log (message_id, number);
CREATE INDEX ix_log_action ON log (action, number);
CREATE INDEX ix_log_address ON log (address, number);
CREATE INDEX ix_log_conversation ON log (conversation, number);
CREATE INDEX ix_annotations_account_id ON annotations (account_id);
CREATE INDEX ix_annotations_where ON annotations (view_id, account_id);
CREATE INDEX ix_begun_mailbox_id ON begun (mailbox_id);
DELETE FROM "sqlite_sequence";
INSERT INTO "sqlite_sequence" VALUES('mailboxes',1);
INSERT INTO "sqlite_sequence" VALUES('accounts',4);
INSERT INTO "sqlite_sequence" VALUES('views',15);
INSERT INTO "sqlite_sequence" VALUES('folders',6);
INSERT INTO "sqlite_sequence" VALUES('conversations',4);
INSERT INTO "sqlite_sequence" VALUES('messages',8);
COMMIT;
