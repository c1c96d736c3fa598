CREATE INDEX `mesh_message_by_sender` ON `record_copies` (body ->> '$.sender.mailboxId', `key`) WHERE kind = 'mesh-message' AND deleted = 0;
--> statement-breakpoint
CREATE INDEX `mesh_message_by_recipient` ON `record_copies` (body ->> '$.recipient.mailboxId', `key`) WHERE kind = 'mesh-message' AND deleted = 0;
--> statement-breakpoint
CREATE INDEX `mesh_message_by_local_id` ON `record_copies` (body ->> '$.sender.mailboxId', body ->> '$.localId', `key`) WHERE kind = 'mesh-message' AND deleted = 0;
