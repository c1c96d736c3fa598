CREATE TABLE `patient_index` (
	`nhs_number` text PRIMARY KEY NOT NULL,
	`epoch` integer NOT NULL,
	`version` integer NOT NULL,
	`partition` text NOT NULL,
	`tokens` text NOT NULL,
	`document` text NOT NULL
) WITHOUT ROWID;
--> statement-breakpoint
CREATE TABLE `patient_token` (
	`token` text NOT NULL,
	`partition` text NOT NULL,
	`nhs_number` text NOT NULL,
	PRIMARY KEY(`token`, `partition`, `nhs_number`)
) WITHOUT ROWID;
--> statement-breakpoint
CREATE TABLE `record_copies` (
	`shard` integer NOT NULL,
	`kind` text NOT NULL,
	`key` text NOT NULL,
	`epoch` integer NOT NULL,
	`version` integer NOT NULL,
	`deleted` integer NOT NULL,
	`body` text NOT NULL,
	`annex` text NOT NULL,
	`hash` text NOT NULL,
	PRIMARY KEY(`shard`, `kind`, `key`)
);
