BEGIN TRANSACTION;
CREATE TABLE alembic_version (
	version_num VARCHAR(32) NOT NULL, 
	CONSTRAINT alembic_version_pkc PRIMARY KEY (version_num)
);
INSERT INTO "alembic_version" VALUES('0008');
CREATE TABLE audit_archive (
	changed_seq INTEGER NOT NULL, 
	seal VARCHAR NOT NULL, 
	id INTEGER NOT NULL, 
	first_seq INTEGER NOT NULL, 
	last_seq INTEGER NOT NULL, 
	last_at VARCHAR(27) NOT NULL, 
	last_hash VARCHAR NOT NULL, 
	manifest_sha256 VARCHAR NOT NULL, 
	PRIMARY KEY (id)
);
CREATE TABLE audit_event (
	seq INTEGER NOT NULL, 
	at VARCHAR(27) NOT NULL, 
	staff VARCHAR, 
	action VARCHAR NOT NULL, 
	patient VARCHAR, 
	outcome VARCHAR NOT NULL, 
	session VARCHAR NOT NULL, 
	check_id VARCHAR, 
	level VARCHAR, 
	reason VARCHAR NOT NULL, 
	details TEXT NOT NULL, 
	prev_hash VARCHAR NOT NULL, 
	hash VARCHAR NOT NULL, 
	PRIMARY KEY (seq)
);
INSERT INTO "audit_event" VALUES(1,'2026-01-05T10:00:00.000000Z','rosa','init',NULL,'done','',NULL,NULL,'','{"secrets": "file"}','0000000000000000000000000000000000000000000000000000000000000000','60c52f95d751fd737ea2461e5aee01dbdfaee545f6f10a888a81cbe6871e2be4');
INSERT INTO "audit_event" VALUES(2,'2026-01-05T10:00:00.000000Z','rosa','import patients','MRN-1','done','',NULL,NULL,'','{}','60c52f95d751fd737ea2461e5aee01dbdfaee545f6f10a888a81cbe6871e2be4','419ebc6b5cb5d326287d469785d96eba5db7f3ba483ad8054c525c3042f918e5');
INSERT INTO "audit_event" VALUES(3,'2026-01-05T10:00:00.000000Z','rosa','import patients','MRN-2','done','',NULL,NULL,'','{}','419ebc6b5cb5d326287d469785d96eba5db7f3ba483ad8054c525c3042f918e5','840c05db8966707fe4d87f3248babc6e123e425ff08b0cf2e0c2a16c87d159be');
INSERT INTO "audit_event" VALUES(4,'2026-01-05T10:00:00.000000Z','rosa','import patients','MRN-3','done','',NULL,NULL,'','{}','840c05db8966707fe4d87f3248babc6e123e425ff08b0cf2e0c2a16c87d159be','17d96c766816c594384c8d9604bc3bb190b1e626e5b90a3b503d77ead4f0f501');
INSERT INTO "audit_event" VALUES(5,'2026-01-05T10:00:00.000000Z','rosa','import patients','MRN-4','done','',NULL,NULL,'','{}','17d96c766816c594384c8d9604bc3bb190b1e626e5b90a3b503d77ead4f0f501','b0eca8540fc9977a298f029aefe9dbcceff65627e924ece3c46b8050c3ec49d6');
INSERT INTO "audit_event" VALUES(6,'2026-01-05T10:00:00.000000Z','rosa','import patients','MRN-5','done','',NULL,NULL,'','{}','b0eca8540fc9977a298f029aefe9dbcceff65627e924ece3c46b8050c3ec49d6','9dc5543ee3b7a54e32c558022413cb7df6a201b478b19ebeaaf161a40372d294');
INSERT INTO "audit_event" VALUES(7,'2026-01-05T10:01:00.000000Z','rosa','login',NULL,'done','S-467fbda788',NULL,NULL,'','{}','9dc5543ee3b7a54e32c558022413cb7df6a201b478b19ebeaaf161a40372d294','15d1de227cfc0b8135f3790b5caab9caed0b3921316fc3cec26026d0903e0467');
INSERT INTO "audit_event" VALUES(8,'2026-01-05T10:02:00.000000Z','rosa','staff add',NULL,'done','S-rosa',NULL,NULL,'','{"name": "sam", "role": "front-desk", "token": "T-117A03E5"}','15d1de227cfc0b8135f3790b5caab9caed0b3921316fc3cec26026d0903e0467','abc663e84d837c95e389fabbdde83ea5238651bf17c1b29aee1d74eb36e1fdd0');
INSERT INTO "audit_event" VALUES(9,'2026-01-05T10:03:00.000000Z','sam','verify-identity','MRN-1','passed','S-sam','C-1DFA03B744D9','basic','cannot get in','{"attested": [], "by": null, "caller": "patient", "methods": ["birth-date: match", "phone: match", "postal-code: match"], "new": true, "wrong": 0}','abc663e84d837c95e389fabbdde83ea5238651bf17c1b29aee1d74eb36e1fdd0','27e6aeaf175bbe4f5eb5df0b85e0ff53442606f5fcfe60b6e55b62a784608413');
INSERT INTO "audit_event" VALUES(10,'2026-01-05T10:04:00.000000Z','sam','resend-invite','MRN-1','link-sent','S-sam','C-1DFA03B744D9','basic','cannot get in','{"attested": [], "caller": "patient", "credential": "5a52478386d6ad8373cf0198", "ground": "check", "ground_id": "C-1DFA03B744D9", "messages": ["c2047bab5fcb7ba73a7ce394"], "methods": ["birth-date", "phone", "postal-code"], "reference": "P9-09"}','27e6aeaf175bbe4f5eb5df0b85e0ff53442606f5fcfe60b6e55b62a784608413','fee6d0f76be5d5628e46ebd4c7ea415da115e94472191394df8ae247087c6a0b');
INSERT INTO "audit_event" VALUES(11,'2026-01-05T10:06:00.000000Z',NULL,'redeem','MRN-1','done','portal',NULL,NULL,'','{"credential": "5a52478386d6ad8373cf0198", "ground": "redemption", "ground_id": "5a52478386d6ad8373cf0198", "kind": "invitation", "messages": ["32b19bcbd9c3cb26d2f34442"], "reference": "P9-09"}','fee6d0f76be5d5628e46ebd4c7ea415da115e94472191394df8ae247087c6a0b','e2515af5896fbd49c118569e82548c827d6a24e47435f2c441563706cd223dbf');
INSERT INTO "audit_event" VALUES(12,'2026-01-05T10:08:00.000000Z','sam','verify-identity','MRN-2','passed','S-sam','C-443D405DA09C','strong','cannot get in','{"attested": ["photo-id"], "by": null, "caller": "patient", "methods": ["birth-date: match", "phone: match", "photo-id: attested", "postal-code: match"], "new": true, "wrong": 0}','e2515af5896fbd49c118569e82548c827d6a24e47435f2c441563706cd223dbf','7af2eee8019bc02f9f25ae37664c424bd61345a806bb6c73cd1e0828d73cc724');
INSERT INTO "audit_event" VALUES(13,'2026-01-05T10:09:00.000000Z','sam','update-contact','MRN-2','waiting','S-sam','C-443D405DA09C','strong','cannot get in','{"attested": ["photo-id"], "caller": "patient", "credential": "06b71d2450c85f53d9ae49b2", "ground": "check", "ground_id": "C-443D405DA09C", "kind": "email", "messages": ["f830ea39bf0005d399e65b38", "e8ad853bae115595f18c9160"], "methods": ["birth-date", "phone", "photo-id", "postal-code"], "reference": "M5-42", "request": "R-1493AE"}','7af2eee8019bc02f9f25ae37664c424bd61345a806bb6c73cd1e0828d73cc724','ddf722677e60916c17b1a7cd0cc05eb33a475033c9e410cc9841c5013057937c');
INSERT INTO "audit_event" VALUES(14,'2026-01-05T10:10:00.000000Z','sam','verify-identity','MRN-1','passed','S-sam','C-AAEB23B4E290','strong','cannot get in','{"attested": ["photo-id"], "by": null, "caller": "patient", "methods": ["birth-date: match", "phone: match", "photo-id: attested", "postal-code: match"], "new": true, "wrong": 0}','ddf722677e60916c17b1a7cd0cc05eb33a475033c9e410cc9841c5013057937c','c4588c14de5c8008513f1b0b824cc7333be659076466f5211ab965e5e217a962');
INSERT INTO "audit_event" VALUES(15,'2026-01-05T10:11:00.000000Z','sam','send-reset','MRN-1','link-sent','S-sam','C-AAEB23B4E290','strong','cannot get in','{"attested": ["photo-id"], "caller": "patient", "credential": "5de4bec9c366dd3f89d1f332", "ground": "check", "ground_id": "C-AAEB23B4E290", "messages": ["c37f5054c9ea6bdd919d5339"], "methods": ["birth-date", "phone", "photo-id", "postal-code"], "reference": "P2-26"}','c4588c14de5c8008513f1b0b824cc7333be659076466f5211ab965e5e217a962','bb7b2cb7fa2240b304a7f6b1e2ca1d152b8195f1aa21ac9f04c07a74c3dca301');
INSERT INTO "audit_event" VALUES(16,'2026-01-05T10:12:00.000000Z','sam','disable','MRN-3','refused','S-sam',NULL,NULL,'','{"code": "check-required"}','bb7b2cb7fa2240b304a7f6b1e2ca1d152b8195f1aa21ac9f04c07a74c3dca301','0f9661c947bd926de13f02d9e84efaa5731624b3139b0596f36ea2a20965573d');
CREATE TABLE audit_head (
	id INTEGER NOT NULL, 
	seq INTEGER NOT NULL, 
	at VARCHAR(27) NOT NULL, 
	hash VARCHAR NOT NULL, 
	PRIMARY KEY (id)
);
INSERT INTO "audit_head" VALUES(1,16,'2026-01-05T10:12:00.000000Z','0f9661c947bd926de13f02d9e84efaa5731624b3139b0596f36ea2a20965573d');
CREATE TABLE audit_seal (
	row_key VARCHAR NOT NULL, 
	seq INTEGER NOT NULL, 
	seal VARCHAR NOT NULL, 
	PRIMARY KEY (row_key, seq)
)
 WITHOUT ROWID

;
INSERT INTO "audit_seal" VALUES('settings:1',1,'08da51795322da3f277345a27462550b75d0f34bc96309be8ff5c2199918d97b');
INSERT INTO "audit_seal" VALUES('staff_member:rosa',1,'9ff10110456ae60f9317ec0e8218343ac406f05600fb65542d239ae6392bebe7');
INSERT INTO "audit_seal" VALUES('contact_point:email-1',2,'81488b3299f3ec9fd4a2922d27400017e5aa6a5beed46339e09f766b1123764c');
INSERT INTO "audit_seal" VALUES('contact_point:phone-1',2,'a75e584c999dac3e3cc254a3f22befb7c606497d416eacf555aefa714c48c3f3');
INSERT INTO "audit_seal" VALUES('patient:MRN-1',2,'8d7d35c6b6815f01259b67f665742ae4334720419c329de5d0cfebecc5175e8e');
INSERT INTO "audit_seal" VALUES('portal_account:MRN-1',2,'85a0580a4df00b5b081d1206d56f4e935ba89532144ac74feddbe18696351ab9');
INSERT INTO "audit_seal" VALUES('contact_point:email-2',3,'80aee55dd1c5a7d4923fc5c87d67bc2ac7dc3c65f448aafe68d2c96303669808');
INSERT INTO "audit_seal" VALUES('contact_point:phone-2',3,'d8819274b7057f116ecbabc5d125026cc7363fa829958e5bfa50e5b157a4aecb');
INSERT INTO "audit_seal" VALUES('patient:MRN-2',3,'3a20d9a1fd8e924501e35cc24cd6c8c84760b8c349ecb5e43b635057962340aa');
INSERT INTO "audit_seal" VALUES('portal_account:MRN-2',3,'19d3bd55e95551932b17637c434d4e705ce9985f49e22a497b77dd7fece4831f');
INSERT INTO "audit_seal" VALUES('contact_point:email-3',4,'8fdac0deb95c59f34e6b17c8867a994f534416ab5aa3512d8d32b42750bae8e6');
INSERT INTO "audit_seal" VALUES('contact_point:phone-3',4,'cc3b5f90c3ccd683cac29eff33ee3d0dff65f940a0b28553c3fb79f90d3254da');
INSERT INTO "audit_seal" VALUES('patient:MRN-3',4,'15a6d252172e0e6314a0b4e23e5ddc8ab452c65157c74cc497c9c3221b71c95e');
INSERT INTO "audit_seal" VALUES('portal_account:MRN-3',4,'d17e23e4bcc9acba129582edec908049aa22f6720403529d0dd8c87cb0ccf4dc');
INSERT INTO "audit_seal" VALUES('contact_point:email-4',5,'cc7c792163e0330ff0dcaa3f262ef3a63caa10097b4ed3185c0a9476a526a77c');
INSERT INTO "audit_seal" VALUES('contact_point:phone-4',5,'387ac1b93e861f3c511261ba71609f0f1a5917fa2fabe60fb8a8d7059f5fb2cc');
INSERT INTO "audit_seal" VALUES('patient:MRN-4',5,'362e9e2e6180dd481f6f690ec0fccdb3a9023e1e8b74b6a59a71f855966699f1');
INSERT INTO "audit_seal" VALUES('portal_account:MRN-4',5,'3c45a4c6520affde9bdc45dfe67fe23dc7a93c8904ada65a21b72b47b2a7c73d');
INSERT INTO "audit_seal" VALUES('contact_point:email-5',6,'e6a8c4b370de2c613d7516b1bb540c29ea3f92e6de5af27b3475810eaca43d4e');
INSERT INTO "audit_seal" VALUES('contact_point:phone-5',6,'5e158cb9b7e1757ab205bccba0b55117bbaba967efb04985a8edd47843649153');
INSERT INTO "audit_seal" VALUES('patient:MRN-5',6,'0de72550c123fae0d13315c81714b8422f17c3f888d7c604055d1bf693aa7d32');
INSERT INTO "audit_seal" VALUES('portal_account:MRN-5',6,'bf91352cc2a8558b0281efc100e48fcde2a79558eaf942e0f84c57d0f413ed39');
INSERT INTO "audit_seal" VALUES('staff_session:S-467fbda788',7,'af6baa833b80387c189c42ee6e6526bd4fc368dceb03fa46afbfb9c6ab321914');
INSERT INTO "audit_seal" VALUES('staff_member:sam',8,'fc33e44417259c9bd4b9e926f9db48238bab0f2cbc54b6c0e32072b09a9de5f7');
INSERT INTO "audit_seal" VALUES('staff_token:T-117A03E5',8,'9d708fc5768c0ce0a4716bab6833b95a4b137f95920127c7f976d67da630cf2b');
INSERT INTO "audit_seal" VALUES('identity_check:C-1DFA03B744D9',9,'430876148259e42d80dcab5b701c9ec1aaf5c4548a4601af6ee66fa11e0e1108');
INSERT INTO "audit_seal" VALUES('outbox_message:c2047bab5fcb7ba73a7ce394',10,'b6d8ca7deed845b7a486f0d3b416acbda3f773794dd5e99e2915ed8560f2797c');
INSERT INTO "audit_seal" VALUES('permit:a1666f9767cdaa03',10,'ab63bc47a2e1fc42de0fece56f16c7aab4221279b0b4577686633ad1fcee7e9d');
INSERT INTO "audit_seal" VALUES('recovery_credential:5a52478386d6ad8373cf0198',10,'4f5787f237589120e66556ae4c22c4523efc21e23f8889417e9db61e38049c06');
INSERT INTO "audit_seal" VALUES('outbox_message:32b19bcbd9c3cb26d2f34442',11,'e966e2b27e4cb2ee11f3adc937d248c8c57b40ab78cadd8b05fd8981f2bf5cce');
INSERT INTO "audit_seal" VALUES('password_history:daec35628f925c0d',11,'26296e632545a36a35b193eac810933f0a883675e19ca7bfc5b62804f1edf2a7');
INSERT INTO "audit_seal" VALUES('permit:d564b71700f70d4b',11,'c63d8180e627a040c7226f326c91d7879480a264fddd1619b62f4ebc0e9b9a12');
INSERT INTO "audit_seal" VALUES('portal_account:MRN-1',11,'9e6fdf746a9ae2608df2a1fa82901e635737ac5baa4f59823ee8e40623bf1576');
INSERT INTO "audit_seal" VALUES('recovery_credential:5a52478386d6ad8373cf0198',11,'e8980bac42c0a4e9b8538b6c5789268f1040e2faa2bf463d270e3f233b6804e5');
INSERT INTO "audit_seal" VALUES('identity_check:C-1DFA03B744D9',12,'c8d3797ac2f34ba5c7081276c9d50884facf1a6ac8ab92c2796c167eed079a3f');
INSERT INTO "audit_seal" VALUES('identity_check:C-443D405DA09C',12,'c854c08c0fa53e68bf3cf0f4f1046132705e3b99cdee2bf4ebdce278ec331bde');
INSERT INTO "audit_seal" VALUES('change_request:R-1493AE',13,'310bfe092561fa930457550e210f1197c33af6597bf0bc9493c64323de18f2af');
INSERT INTO "audit_seal" VALUES('outbox_message:e8ad853bae115595f18c9160',13,'a823b9daed4c0e97f14b552e1c8134a213ad5d0ffd9b2269a051fdb1b89bf133');
INSERT INTO "audit_seal" VALUES('outbox_message:f830ea39bf0005d399e65b38',13,'aeb2489f51551bdebbd87c35ac005d8c29dee7e6197258cb2f6a44386aa6fa3c');
INSERT INTO "audit_seal" VALUES('permit:29591b5e6935bff6',13,'ab4ed5209470ea871272fb999a3cde6288fd83effaece2dc97e3011573349890');
INSERT INTO "audit_seal" VALUES('recovery_credential:06b71d2450c85f53d9ae49b2',13,'d0c5e697f8d4d778b83bfc19e007fbe6266da8ded159a8925ff39e8fbd4de88a');
INSERT INTO "audit_seal" VALUES('recovery_credential:86b00e8eb7aa73123cb1007c',13,'8586238d99527aa656bee7556fbd3fa7ac05fb8adb86666d732068e455a26644');
INSERT INTO "audit_seal" VALUES('recovery_credential:8e262ee21f4d4c7ba8df03e0',13,'f497b60fcd80b7659271f18168565baea12cb43f5e91ba50e115f97fabb43a58');
INSERT INTO "audit_seal" VALUES('identity_check:C-443D405DA09C',14,'f0e36d6a3962e89159edec6ee523aaa356781d30c625d093fcb826f28f9e1fbf');
INSERT INTO "audit_seal" VALUES('identity_check:C-AAEB23B4E290',14,'b8375e1cd386a09711a90bd24d712606f3d0f85c8315cf9bdcc9637da75c7ff8');
INSERT INTO "audit_seal" VALUES('outbox_message:c37f5054c9ea6bdd919d5339',15,'24e622ebdfa7f15838a430e60093808a4e1532f5dc2a5425849d4fd95f5c25a4');
INSERT INTO "audit_seal" VALUES('permit:4efa68f53970b552',15,'6851ec47e33a6cd8d60e65bac46bd053082d823850155f56c86370f99cfb3952');
INSERT INTO "audit_seal" VALUES('recovery_credential:5de4bec9c366dd3f89d1f332',15,'03c2140735432ca63e1d37463aaa64b09ccafe984120d052125d3acb3ab7d19e');
CREATE TABLE bulk_run (
	changed_seq INTEGER NOT NULL, 
	seal VARCHAR NOT NULL, 
	id VARCHAR NOT NULL, 
	staff VARCHAR NOT NULL, 
	source VARCHAR NOT NULL, 
	digest VARCHAR NOT NULL, 
	options TEXT NOT NULL, 
	started_at VARCHAR(27) NOT NULL, 
	finished_at VARCHAR(27), 
	outcome VARCHAR NOT NULL, 
	PRIMARY KEY (id)
);
CREATE TABLE change_request (
	changed_seq INTEGER NOT NULL, 
	seal VARCHAR NOT NULL, 
	id VARCHAR NOT NULL, 
	mrn VARCHAR NOT NULL, 
	kind VARCHAR NOT NULL, 
	new_value VARCHAR NOT NULL, 
	state VARCHAR NOT NULL, 
	check_id VARCHAR NOT NULL, 
	permit_id VARCHAR NOT NULL, 
	requested_by VARCHAR NOT NULL, 
	requested_at VARCHAR(27) NOT NULL, 
	expires_at VARCHAR(27) NOT NULL, 
	rests_on_photo_id BOOLEAN NOT NULL, 
	codes_sent INTEGER NOT NULL, 
	confirmed_at VARCHAR(27), 
	confirmed_how VARCHAR NOT NULL, 
	old_told_at VARCHAR(27), 
	waits_until VARCHAR(27), 
	decided_by VARCHAR, 
	decided_at VARCHAR(27), 
	decision_reason VARCHAR NOT NULL, 
	independent BOOLEAN, 
	PRIMARY KEY (id), 
	FOREIGN KEY(mrn) REFERENCES portal_account (mrn)
);
INSERT INTO "change_request" VALUES(13,'310bfe092561fa930457550e210f1197c33af6597bf0bc9493c64323de18f2af','R-1493AE','MRN-2','email','new2@example.org','awaiting-confirmation','C-443D405DA09C','29591b5e6935bff6','sam','2026-01-05T10:09:00.000000Z','2026-01-12T10:09:00.000000Z',1,1,NULL,'','2026-01-05T10:09:00.000000Z',NULL,NULL,NULL,'',NULL);
CREATE TABLE "contact_point" (
	changed_seq INTEGER NOT NULL, 
	seal VARCHAR NOT NULL, 
	id VARCHAR NOT NULL, 
	mrn VARCHAR NOT NULL, 
	kind VARCHAR NOT NULL, 
	value VARCHAR NOT NULL, 
	"key" VARCHAR NOT NULL, 
	source VARCHAR NOT NULL, 
	added_at VARCHAR(27) NOT NULL, 
	evidence_from VARCHAR(27) NOT NULL, 
	confirmed_at VARCHAR(27), 
	confirmed_how VARCHAR NOT NULL, 
	bounced_at VARCHAR(27), 
	do_not_use BOOLEAN NOT NULL, 
	confidential BOOLEAN NOT NULL, 
	current BOOLEAN NOT NULL, notices_until VARCHAR(27), 
	PRIMARY KEY (id)
);
INSERT INTO "contact_point" VALUES(2,'81488b3299f3ec9fd4a2922d27400017e5aa6a5beed46339e09f766b1123764c','email-1','MRN-1','email','zoe1@example.org','zoe1@example.org','record','2025-10-21T10:00:00.000000Z','2025-10-21T10:00:00.000000Z','2025-10-21T10:00:00.000000Z','record',NULL,0,0,1,NULL);
INSERT INTO "contact_point" VALUES(2,'a75e584c999dac3e3cc254a3f22befb7c606497d416eacf555aefa714c48c3f3','phone-1','MRN-1','phone','+15559078526','+15559078526','record','2025-10-21T10:00:00.000000Z','2025-10-21T10:00:00.000000Z','2025-10-21T10:00:00.000000Z','record',NULL,0,0,1,NULL);
INSERT INTO "contact_point" VALUES(3,'80aee55dd1c5a7d4923fc5c87d67bc2ac7dc3c65f448aafe68d2c96303669808','email-2','MRN-2','email','zoe2@example.org','zoe2@example.org','record','2025-10-21T10:00:00.000000Z','2025-10-21T10:00:00.000000Z','2025-10-21T10:00:00.000000Z','record',NULL,0,0,1,NULL);
INSERT INTO "contact_point" VALUES(3,'d8819274b7057f116ecbabc5d125026cc7363fa829958e5bfa50e5b157a4aecb','phone-2','MRN-2','phone','+15559078526','+15559078526','record','2025-10-21T10:00:00.000000Z','2025-10-21T10:00:00.000000Z','2025-10-21T10:00:00.000000Z','record',NULL,0,0,1,NULL);
INSERT INTO "contact_point" VALUES(4,'8fdac0deb95c59f34e6b17c8867a994f534416ab5aa3512d8d32b42750bae8e6','email-3','MRN-3','email','zoe3@example.org','zoe3@example.org','record','2025-10-21T10:00:00.000000Z','2025-10-21T10:00:00.000000Z','2025-10-21T10:00:00.000000Z','record',NULL,0,0,1,NULL);
INSERT INTO "contact_point" VALUES(4,'cc3b5f90c3ccd683cac29eff33ee3d0dff65f940a0b28553c3fb79f90d3254da','phone-3','MRN-3','phone','+15559078526','+15559078526','record','2025-10-21T10:00:00.000000Z','2025-10-21T10:00:00.000000Z','2025-10-21T10:00:00.000000Z','record',NULL,0,0,1,NULL);
INSERT INTO "contact_point" VALUES(5,'cc7c792163e0330ff0dcaa3f262ef3a63caa10097b4ed3185c0a9476a526a77c','email-4','MRN-4','email','zoe4@example.org','zoe4@example.org','record','2025-10-21T10:00:00.000000Z','2025-10-21T10:00:00.000000Z','2025-10-21T10:00:00.000000Z','record',NULL,0,0,1,NULL);
INSERT INTO "contact_point" VALUES(5,'387ac1b93e861f3c511261ba71609f0f1a5917fa2fabe60fb8a8d7059f5fb2cc','phone-4','MRN-4','phone','+15559078526','+15559078526','record','2025-10-21T10:00:00.000000Z','2025-10-21T10:00:00.000000Z','2025-10-21T10:00:00.000000Z','record',NULL,0,0,1,NULL);
INSERT INTO "contact_point" VALUES(6,'e6a8c4b370de2c613d7516b1bb540c29ea3f92e6de5af27b3475810eaca43d4e','email-5','MRN-5','email','zoe5@example.org','zoe5@example.org','record','2025-10-21T10:00:00.000000Z','2025-10-21T10:00:00.000000Z','2025-10-21T10:00:00.000000Z','record',NULL,0,0,1,NULL);
INSERT INTO "contact_point" VALUES(6,'5e158cb9b7e1757ab205bccba0b55117bbaba967efb04985a8edd47843649153','phone-5','MRN-5','phone','+15559078526','+15559078526','record','2025-10-21T10:00:00.000000Z','2025-10-21T10:00:00.000000Z','2025-10-21T10:00:00.000000Z','record',NULL,0,0,1,NULL);
CREATE TABLE duplicate_verdict (
	changed_seq INTEGER NOT NULL, 
	seal VARCHAR NOT NULL, 
	id VARCHAR NOT NULL, 
	a VARCHAR NOT NULL, 
	b VARCHAR NOT NULL, 
	verdict VARCHAR NOT NULL, 
	reason VARCHAR NOT NULL, 
	judged_on VARCHAR NOT NULL, 
	staff VARCHAR NOT NULL, 
	at VARCHAR(27) NOT NULL, survivor VARCHAR, 
	PRIMARY KEY (id), 
	FOREIGN KEY(a) REFERENCES patient (mrn), 
	FOREIGN KEY(b) REFERENCES patient (mrn)
);
CREATE TABLE identity_check (
	changed_seq INTEGER NOT NULL, 
	seal VARCHAR NOT NULL, 
	id VARCHAR NOT NULL, 
	patient VARCHAR NOT NULL, 
	staff VARCHAR, 
	session VARCHAR NOT NULL, 
	caller VARCHAR NOT NULL, 
	reason VARCHAR NOT NULL, 
	outcome VARCHAR NOT NULL, 
	level VARCHAR NOT NULL, 
	evidence TEXT NOT NULL, 
	wrong INTEGER NOT NULL, 
	ask_order TEXT NOT NULL, 
	spoiled TEXT NOT NULL, 
	code_id VARCHAR, 
	started_at VARCHAR(27) NOT NULL, 
	expires_at VARCHAR(27) NOT NULL, 
	ended_at VARCHAR(27), 
	ended_why VARCHAR NOT NULL, 
	failed_at VARCHAR(27), all_there_is BOOLEAN, account VARCHAR, represented_by VARCHAR, authority VARCHAR, document VARCHAR, 
	PRIMARY KEY (id), 
	FOREIGN KEY(patient) REFERENCES patient (mrn)
);
INSERT INTO "identity_check" VALUES(12,'c8d3797ac2f34ba5c7081276c9d50884facf1a6ac8ab92c2796c167eed079a3f','C-1DFA03B744D9','MRN-1','sam','S-sam','patient','cannot get in','passed','basic','[{"method": "birth-date", "outcome": "match"}, {"method": "postal-code", "outcome": "match"}, {"method": "phone", "outcome": "match"}]',0,'["phone", "email", "last-visit", "birth-date", "postal-code"]','[]',NULL,'2026-01-05T10:03:00.000000Z','2026-01-05T10:18:00.000000Z','2026-01-05T10:08:00.000000Z','next check',NULL,NULL,NULL,NULL,NULL,NULL);
INSERT INTO "identity_check" VALUES(14,'f0e36d6a3962e89159edec6ee523aaa356781d30c625d093fcb826f28f9e1fbf','C-443D405DA09C','MRN-2','sam','S-sam','patient','cannot get in','passed','strong','[{"method": "birth-date", "outcome": "match"}, {"method": "postal-code", "outcome": "match"}, {"method": "phone", "outcome": "match"}, {"method": "photo-id", "outcome": "attested", "note": "driver licence"}]',0,'["phone", "email", "last-visit", "birth-date", "postal-code"]','[]',NULL,'2026-01-05T10:08:00.000000Z','2026-01-05T10:23:00.000000Z','2026-01-05T10:10:00.000000Z','next check',NULL,NULL,NULL,NULL,NULL,NULL);
INSERT INTO "identity_check" VALUES(14,'b8375e1cd386a09711a90bd24d712606f3d0f85c8315cf9bdcc9637da75c7ff8','C-AAEB23B4E290','MRN-1','sam','S-sam','patient','cannot get in','passed','strong','[{"method": "birth-date", "outcome": "match"}, {"method": "postal-code", "outcome": "match"}, {"method": "phone", "outcome": "match"}, {"method": "photo-id", "outcome": "attested", "note": "passport"}]',0,'["phone", "email", "last-visit", "birth-date", "postal-code"]','[]',NULL,'2026-01-05T10:10:00.000000Z','2026-01-05T10:25:00.000000Z',NULL,'',NULL,NULL,NULL,NULL,NULL,NULL);
CREATE TABLE incident (
	changed_seq INTEGER NOT NULL, 
	seal VARCHAR NOT NULL, 
	id VARCHAR NOT NULL, 
	kind VARCHAR NOT NULL, 
	patient VARCHAR, 
	staff VARCHAR, 
	opened_at VARCHAR(27) NOT NULL, 
	opened_seq INTEGER NOT NULL, 
	closed_at VARCHAR(27), 
	closed_by VARCHAR, 
	outcome VARCHAR NOT NULL, 
	PRIMARY KEY (id)
);
CREATE TABLE "outbox_message" (
	changed_seq INTEGER NOT NULL, 
	seal VARCHAR NOT NULL, 
	id VARCHAR NOT NULL, 
	kind VARCHAR NOT NULL, 
	mrn VARCHAR NOT NULL, 
	to_address VARCHAR NOT NULL, 
	credential_id VARCHAR, 
	permit_id VARCHAR, 
	variables TEXT NOT NULL, 
	created_at VARCHAR(27) NOT NULL, 
	sent_at VARCHAR(27), 
	dropped_why VARCHAR NOT NULL, 
	attempts INTEGER NOT NULL, 
	claimed_at VARCHAR(27), 
	claimed_by VARCHAR NOT NULL, 
	last_error VARCHAR NOT NULL, next_try_at VARCHAR(27), failed_at VARCHAR(27), bounced_at VARCHAR(27), bounce_status VARCHAR, 
	PRIMARY KEY (id)
);
INSERT INTO "outbox_message" VALUES(10,'b6d8ca7deed845b7a486f0d3b416acbda3f773794dd5e99e2915ed8560f2797c','c2047bab5fcb7ba73a7ce394','invitation','MRN-1','zoe1@example.org','5a52478386d6ad8373cf0198','a1666f9767cdaa03','{}','2026-01-05T10:04:00.000000Z',NULL,'',0,NULL,'','',NULL,NULL,NULL,NULL);
INSERT INTO "outbox_message" VALUES(11,'e966e2b27e4cb2ee11f3adc937d248c8c57b40ab78cadd8b05fd8981f2bf5cce','32b19bcbd9c3cb26d2f34442','changed','MRN-1','zoe1@example.org',NULL,'d564b71700f70d4b','{"what": "activated", "at_desk": false}','2026-01-05T10:06:00.000000Z',NULL,'',0,NULL,'','',NULL,NULL,NULL,NULL);
INSERT INTO "outbox_message" VALUES(13,'aeb2489f51551bdebbd87c35ac005d8c29dee7e6197258cb2f6a44386aa6fa3c','f830ea39bf0005d399e65b38','confirm-code','MRN-2','new2@example.org','06b71d2450c85f53d9ae49b2','29591b5e6935bff6','{"kind": "email", "link": "8e262ee21f4d4c7ba8df03e0"}','2026-01-05T10:09:00.000000Z',NULL,'',0,NULL,'','',NULL,NULL,NULL,NULL);
INSERT INTO "outbox_message" VALUES(13,'a823b9daed4c0e97f14b552e1c8134a213ad5d0ffd9b2269a051fdb1b89bf133','e8ad853bae115595f18c9160','contact-changing','MRN-2','zoe2@example.org','86b00e8eb7aa73123cb1007c','29591b5e6935bff6','{"kind": "email"}','2026-01-05T10:09:00.000000Z',NULL,'',0,NULL,'','',NULL,NULL,NULL,NULL);
INSERT INTO "outbox_message" VALUES(15,'24e622ebdfa7f15838a430e60093808a4e1532f5dc2a5425849d4fd95f5c25a4','c37f5054c9ea6bdd919d5339','reset','MRN-1','zoe1@example.org','5de4bec9c366dd3f89d1f332','4efa68f53970b552','{}','2026-01-05T10:11:00.000000Z',NULL,'',0,NULL,'','',NULL,NULL,NULL,NULL);
CREATE TABLE password_history (
	changed_seq INTEGER NOT NULL, 
	seal VARCHAR NOT NULL, 
	id VARCHAR NOT NULL, 
	mrn VARCHAR NOT NULL, 
	password_hash VARCHAR NOT NULL, 
	set_at VARCHAR(27) NOT NULL, 
	PRIMARY KEY (id), 
	FOREIGN KEY(mrn) REFERENCES portal_account (mrn)
);
INSERT INTO "password_history" VALUES(11,'26296e632545a36a35b193eac810933f0a883675e19ca7bfc5b62804f1edf2a7','daec35628f925c0d','MRN-1','p1$$2b$12$hiWMoJC9rl4DWeBDA8eJBeye6fy6MzN4Z6PHFn4UHYEjt19PCeLhi','2026-01-05T10:06:00.000000Z');
CREATE TABLE patient (
	changed_seq INTEGER NOT NULL, 
	seal VARCHAR NOT NULL, 
	mrn VARCHAR NOT NULL, 
	given_name VARCHAR NOT NULL, 
	family_name VARCHAR NOT NULL, 
	other_names TEXT NOT NULL, 
	birth_date VARCHAR(10), 
	sex VARCHAR NOT NULL, 
	address VARCHAR NOT NULL, 
	city VARCHAR NOT NULL, 
	postal_code VARCHAR NOT NULL, 
	language VARCHAR NOT NULL, 
	last_visit VARCHAR(10), 
	status VARCHAR NOT NULL, 
	merged_into VARCHAR, 
	birth_date_evidence_from VARCHAR(27) NOT NULL, 
	postal_code_evidence_from VARCHAR(27) NOT NULL, 
	imported_at VARCHAR(27) NOT NULL, address_evidence_from VARCHAR(27), 
	PRIMARY KEY (mrn)
);
INSERT INTO "patient" VALUES(2,'8d7d35c6b6815f01259b67f665742ae4334720419c329de5d0cfebecc5175e8e','MRN-1','Zoë','Reynolds1','[]','1952-07-15','unknown','','','67124','',NULL,'active',NULL,'2025-10-21T10:00:00.000000Z','2025-10-21T10:00:00.000000Z','2025-10-21T10:00:00.000000Z',NULL);
INSERT INTO "patient" VALUES(3,'3a20d9a1fd8e924501e35cc24cd6c8c84760b8c349ecb5e43b635057962340aa','MRN-2','Zoë','Reynolds2','[]','1952-07-15','unknown','','','67124','',NULL,'active',NULL,'2025-10-21T10:00:00.000000Z','2025-10-21T10:00:00.000000Z','2025-10-21T10:00:00.000000Z',NULL);
INSERT INTO "patient" VALUES(4,'15a6d252172e0e6314a0b4e23e5ddc8ab452c65157c74cc497c9c3221b71c95e','MRN-3','Zoë','Reynolds3','[]','1952-07-15','unknown','','','67124','',NULL,'active',NULL,'2025-10-21T10:00:00.000000Z','2025-10-21T10:00:00.000000Z','2025-10-21T10:00:00.000000Z',NULL);
INSERT INTO "patient" VALUES(5,'362e9e2e6180dd481f6f690ec0fccdb3a9023e1e8b74b6a59a71f855966699f1','MRN-4','Zoë','Reynolds4','[]','1952-07-15','unknown','','','67124','',NULL,'active',NULL,'2025-10-21T10:00:00.000000Z','2025-10-21T10:00:00.000000Z','2025-10-21T10:00:00.000000Z',NULL);
INSERT INTO "patient" VALUES(6,'0de72550c123fae0d13315c81714b8422f17c3f888d7c604055d1bf693aa7d32','MRN-5','Zoë','Reynolds5','[]','1952-07-15','unknown','','','67124','',NULL,'active',NULL,'2025-10-21T10:00:00.000000Z','2025-10-21T10:00:00.000000Z','2025-10-21T10:00:00.000000Z',NULL);
CREATE TABLE patient_name (
	"key" VARCHAR NOT NULL, 
	mrn VARCHAR NOT NULL, 
	PRIMARY KEY ("key", mrn), 
	FOREIGN KEY(mrn) REFERENCES patient (mrn)
)
 WITHOUT ROWID

;
CREATE TABLE "permit" (
	changed_seq INTEGER NOT NULL, 
	seal VARCHAR NOT NULL, 
	id VARCHAR NOT NULL, 
	mrn VARCHAR NOT NULL, 
	action VARCHAR NOT NULL, 
	ground VARCHAR NOT NULL, 
	ground_id VARCHAR NOT NULL, 
	level VARCHAR NOT NULL, 
	staff VARCHAR, 
	issued_at VARCHAR(27) NOT NULL, 
	spent_seq INTEGER, 
	PRIMARY KEY (id)
);
INSERT INTO "permit" VALUES(10,'ab63bc47a2e1fc42de0fece56f16c7aab4221279b0b4577686633ad1fcee7e9d','a1666f9767cdaa03','MRN-1','resend-invite','check','C-1DFA03B744D9','basic','sam','2026-01-05T10:04:00.000000Z',10);
INSERT INTO "permit" VALUES(11,'c63d8180e627a040c7226f326c91d7879480a264fddd1619b62f4ebc0e9b9a12','d564b71700f70d4b','MRN-1','redeem','redemption','5a52478386d6ad8373cf0198','none',NULL,'2026-01-05T10:06:00.000000Z',11);
INSERT INTO "permit" VALUES(13,'ab4ed5209470ea871272fb999a3cde6288fd83effaece2dc97e3011573349890','29591b5e6935bff6','MRN-2','update-contact','check','C-443D405DA09C','strong','sam','2026-01-05T10:09:00.000000Z',13);
INSERT INTO "permit" VALUES(15,'6851ec47e33a6cd8d60e65bac46bd053082d823850155f56c86370f99cfb3952','4efa68f53970b552','MRN-1','send-reset','check','C-AAEB23B4E290','strong','sam','2026-01-05T10:11:00.000000Z',15);
CREATE TABLE "portal_account" (
	changed_seq INTEGER NOT NULL, 
	seal VARCHAR NOT NULL, 
	mrn VARCHAR NOT NULL, 
	username VARCHAR, 
	email VARCHAR, 
	phone VARCHAR, 
	password_hash VARCHAR, 
	status VARCHAR NOT NULL, 
	must_change_password BOOLEAN NOT NULL, 
	locked_until VARCHAR(27), 
	failed_attempts INTEGER NOT NULL, 
	activated_at VARCHAR(27), 
	contact_changed_at VARCHAR(27), 
	permit_id VARCHAR, 
	PRIMARY KEY (mrn), 
	UNIQUE (username)
);
INSERT INTO "portal_account" VALUES(11,'9e6fdf746a9ae2608df2a1fa82901e635737ac5baa4f59823ee8e40623bf1576','MRN-1','zoe.one','zoe1@example.org','+15559078526','p1$$2b$12$hiWMoJC9rl4DWeBDA8eJBeye6fy6MzN4Z6PHFn4UHYEjt19PCeLhi','active',0,NULL,0,'2026-01-05T10:06:00.000000Z',NULL,'d564b71700f70d4b');
INSERT INTO "portal_account" VALUES(3,'19d3bd55e95551932b17637c434d4e705ce9985f49e22a497b77dd7fece4831f','MRN-2',NULL,'zoe2@example.org','+15559078526',NULL,'new',0,NULL,0,NULL,NULL,NULL);
INSERT INTO "portal_account" VALUES(4,'d17e23e4bcc9acba129582edec908049aa22f6720403529d0dd8c87cb0ccf4dc','MRN-3',NULL,'zoe3@example.org','+15559078526',NULL,'new',0,NULL,0,NULL,NULL,NULL);
INSERT INTO "portal_account" VALUES(5,'3c45a4c6520affde9bdc45dfe67fe23dc7a93c8904ada65a21b72b47b2a7c73d','MRN-4',NULL,'zoe4@example.org','+15559078526',NULL,'new',0,NULL,0,NULL,NULL,NULL);
INSERT INTO "portal_account" VALUES(6,'bf91352cc2a8558b0281efc100e48fcde2a79558eaf942e0f84c57d0f413ed39','MRN-5',NULL,'zoe5@example.org','+15559078526',NULL,'new',0,NULL,0,NULL,NULL,NULL);
CREATE TABLE portal_session (
	changed_seq INTEGER NOT NULL, 
	seal VARCHAR NOT NULL, 
	id VARCHAR NOT NULL, 
	mrn VARCHAR NOT NULL, 
	token_hash VARCHAR NOT NULL, 
	started_at VARCHAR(27) NOT NULL, 
	expires_at VARCHAR(27) NOT NULL, 
	ended_at VARCHAR(27), 
	ended_why VARCHAR NOT NULL, 
	PRIMARY KEY (id), 
	FOREIGN KEY(mrn) REFERENCES portal_account (mrn), 
	UNIQUE (token_hash)
);
CREATE TABLE proxy (
	changed_seq INTEGER NOT NULL, 
	seal VARCHAR NOT NULL, 
	id VARCHAR NOT NULL, 
	person VARCHAR NOT NULL, 
	mrn VARCHAR NOT NULL, 
	relation VARCHAR NOT NULL, 
	authority VARCHAR NOT NULL, 
	document TEXT NOT NULL, 
	scope VARCHAR NOT NULL, 
	minor BOOLEAN NOT NULL, 
	granted_at VARCHAR(27) NOT NULL, 
	granted_by VARCHAR NOT NULL, 
	check_id VARCHAR NOT NULL, 
	request_id VARCHAR, 
	permit_id VARCHAR, 
	ends_at VARCHAR(27), 
	ended_at VARCHAR(27), 
	ended_why VARCHAR NOT NULL, 
	PRIMARY KEY (id), 
	FOREIGN KEY(mrn) REFERENCES patient (mrn), 
	FOREIGN KEY(person) REFERENCES proxy_person (mrn)
);
CREATE TABLE proxy_person (
	changed_seq INTEGER NOT NULL, 
	seal VARCHAR NOT NULL, 
	mrn VARCHAR NOT NULL, 
	given_name VARCHAR NOT NULL, 
	family_name VARCHAR NOT NULL, 
	birth_date VARCHAR(10), 
	postal_code VARCHAR NOT NULL, 
	language VARCHAR NOT NULL, 
	last_visit VARCHAR(10), 
	status VARCHAR NOT NULL, 
	birth_date_evidence_from VARCHAR(27) NOT NULL, 
	postal_code_evidence_from VARCHAR(27) NOT NULL, 
	added_at VARCHAR(27) NOT NULL, 
	PRIMARY KEY (mrn)
);
CREATE TABLE recovery_code (
	changed_seq INTEGER NOT NULL, 
	seal VARCHAR NOT NULL, 
	id VARCHAR NOT NULL, 
	code_hash VARCHAR NOT NULL, 
	made_by VARCHAR NOT NULL, 
	made_at VARCHAR(27) NOT NULL, 
	spent_at VARCHAR(27), 
	spent_for VARCHAR NOT NULL, 
	void_at VARCHAR(27), 
	PRIMARY KEY (id)
);
CREATE TABLE recovery_credential (
	changed_seq INTEGER NOT NULL, 
	seal VARCHAR NOT NULL, 
	id VARCHAR NOT NULL, 
	kind VARCHAR NOT NULL, 
	mrn VARCHAR NOT NULL, 
	reference VARCHAR NOT NULL, 
	secret_hash VARCHAR NOT NULL, 
	issued_at VARCHAR(27) NOT NULL, 
	expires_at VARCHAR(27) NOT NULL, 
	bound_to VARCHAR NOT NULL, 
	sent_to VARCHAR, 
	check_id VARCHAR, 
	request_id VARCHAR, 
	permit_id VARCHAR, 
	call_code_hash VARCHAR, 
	tries INTEGER NOT NULL, 
	opened_at VARCHAR(27), 
	redeemed_at VARCHAR(27), 
	revoked_at VARCHAR(27), 
	superseded_by VARCHAR, 
	PRIMARY KEY (id), 
	FOREIGN KEY(mrn) REFERENCES portal_account (mrn), 
	UNIQUE (secret_hash)
);
INSERT INTO "recovery_credential" VALUES(11,'e8980bac42c0a4e9b8538b6c5789268f1040e2faa2bf463d270e3f233b6804e5','5a52478386d6ad8373cf0198','invitation','MRN-1','P9-09','79ab0dfdd13d93a3beca99e9a563d7deaed4a8994bbbf0c2d96642fb43005b24','2026-01-05T10:04:00.000000Z','2026-01-06T10:04:00.000000Z','669a67f0964fe95ba0a2fbbdb144c4a08194a43dd8455760238996ed6adf9e61','zoe1@example.org','C-1DFA03B744D9',NULL,'a1666f9767cdaa03',NULL,0,NULL,'2026-01-05T10:06:00.000000Z',NULL,NULL);
INSERT INTO "recovery_credential" VALUES(13,'d0c5e697f8d4d778b83bfc19e007fbe6266da8ded159a8925ff39e8fbd4de88a','06b71d2450c85f53d9ae49b2','confirm-code','MRN-2','M5-42','p1$$2b$10$yzVBlrixh.XANMaJVTagzuuo89QePIRdGU9n/9deuWfqH64CfXmY2','2026-01-05T10:09:00.000000Z','2026-01-05T10:19:00.000000Z','R-1493AE','new2@example.org',NULL,'R-1493AE','29591b5e6935bff6',NULL,0,NULL,NULL,NULL,NULL);
INSERT INTO "recovery_credential" VALUES(13,'f497b60fcd80b7659271f18168565baea12cb43f5e91ba50e115f97fabb43a58','8e262ee21f4d4c7ba8df03e0','confirm-link','MRN-2','Y4-91','df8a5c9c3f76e34ddd1412e55f8ae01308349b0e477b1d45a3249dbfc84517c1','2026-01-05T10:09:00.000000Z','2026-01-06T10:09:00.000000Z','a28796e13a6fed3aaab40902789fff838a44fdee0533c5a984a32adeafa6ad60','new2@example.org',NULL,'R-1493AE','29591b5e6935bff6',NULL,0,NULL,NULL,NULL,NULL);
INSERT INTO "recovery_credential" VALUES(13,'8586238d99527aa656bee7556fbd3fa7ac05fb8adb86666d732068e455a26644','86b00e8eb7aa73123cb1007c','object-link','MRN-2','F5-88','f8a3f79014b3a69da0739fd022b87adb91bffeb98ad09fec760ec2d37b42123f','2026-01-05T10:09:00.000000Z','2026-01-12T10:09:00.000000Z','a28796e13a6fed3aaab40902789fff838a44fdee0533c5a984a32adeafa6ad60','zoe2@example.org',NULL,'R-1493AE','29591b5e6935bff6',NULL,0,NULL,NULL,NULL,NULL);
INSERT INTO "recovery_credential" VALUES(15,'03c2140735432ca63e1d37463aaa64b09ccafe984120d052125d3acb3ab7d19e','5de4bec9c366dd3f89d1f332','reset','MRN-1','P2-26','0c60d25faa42376bd8a5557f391c46c2e7f17b7a232f01f86498f0f197d3e8d8','2026-01-05T10:11:00.000000Z','2026-01-05T11:11:00.000000Z','eee97227ab4bf00f916dc83c651a2fed9f135a4f2d5c68e7c4d3dbe1063f0684','zoe1@example.org','C-AAEB23B4E290',NULL,'4efa68f53970b552',NULL,0,NULL,NULL,NULL,NULL);
CREATE TABLE settings (
	changed_seq INTEGER NOT NULL, 
	seal VARCHAR NOT NULL, 
	id INTEGER NOT NULL, 
	store_id VARCHAR NOT NULL, 
	created_at VARCHAR(27) NOT NULL, 
	values_json TEXT NOT NULL, 
	accepted_clock VARCHAR(27), 
	PRIMARY KEY (id)
);
INSERT INTO "settings" VALUES(1,'08da51795322da3f277345a27462550b75d0f34bc96309be8ff5c2199918d97b',1,'88b124da1640','2026-01-05T10:00:00.000000Z','{}',NULL);
CREATE TABLE staff_member (
	changed_seq INTEGER NOT NULL, 
	seal VARCHAR NOT NULL, 
	name VARCHAR NOT NULL, 
	role VARCHAR NOT NULL, 
	status VARCHAR NOT NULL, 
	password_hash VARCHAR NOT NULL, 
	must_change_password BOOLEAN NOT NULL, 
	failed_attempts INTEGER NOT NULL, 
	locked_until VARCHAR(27), 
	credentialed_by VARCHAR NOT NULL, 
	credentialed_at VARCHAR(27) NOT NULL, 
	own_mrn VARCHAR, 
	linked TEXT NOT NULL, 
	PRIMARY KEY (name)
);
INSERT INTO "staff_member" VALUES(1,'9ff10110456ae60f9317ec0e8218343ac406f05600fb65542d239ae6392bebe7','rosa','admin','active','p1$$2b$12$fmx7Ne4KJ7pfWcfkSQ.BEO.T0UDTvuERMh0/nbfQo1r.h2UMGNrD.',0,0,NULL,'rosa','2026-01-05T10:00:00.000000Z',NULL,'[]');
INSERT INTO "staff_member" VALUES(8,'fc33e44417259c9bd4b9e926f9db48238bab0f2cbc54b6c0e32072b09a9de5f7','sam','front-desk','active','p1$$2b$12$Uo2IAUEU0BZt2ha0R6GjOuyhOho51OFCmq9ya01FHkOYg83atRj0C',1,0,NULL,'rosa','2026-01-05T10:02:00.000000Z',NULL,'[]');
CREATE TABLE staff_session (
	changed_seq INTEGER NOT NULL, 
	seal VARCHAR NOT NULL, 
	id VARCHAR NOT NULL, 
	staff VARCHAR NOT NULL, 
	os_caller VARCHAR NOT NULL, 
	token_hash VARCHAR NOT NULL, 
	started_at VARCHAR(27) NOT NULL, 
	ended_at VARCHAR(27), 
	ended_why VARCHAR NOT NULL, 
	PRIMARY KEY (id), 
	FOREIGN KEY(staff) REFERENCES staff_member (name), 
	UNIQUE (token_hash)
);
INSERT INTO "staff_session" VALUES(7,'af6baa833b80387c189c42ee6e6526bd4fc368dceb03fa46afbfb9c6ab321914','S-467fbda788','rosa','0','a2e3cb311bf91740049dadbf4323cc2ac1b6e0275a1e33412f1d587cf7337b43','2026-01-05T10:01:00.000000Z',NULL,'');
CREATE TABLE staff_token (
	changed_seq INTEGER NOT NULL, 
	seal VARCHAR NOT NULL, 
	id VARCHAR NOT NULL, 
	staff VARCHAR NOT NULL, 
	token_hash VARCHAR NOT NULL, 
	created_by VARCHAR NOT NULL, 
	created_at VARCHAR(27) NOT NULL, 
	expires_at VARCHAR(27) NOT NULL, 
	only TEXT NOT NULL, 
	revoked_at VARCHAR(27), 
	PRIMARY KEY (id), 
	FOREIGN KEY(staff) REFERENCES staff_member (name), 
	UNIQUE (token_hash)
);
INSERT INTO "staff_token" VALUES(8,'9d708fc5768c0ce0a4716bab6833b95a4b137f95920127c7f976d67da630cf2b','T-117A03E5','sam','4bc943830aece25a8c2265cd75d44a0d4618d7cb84b68207f58ad687815f75f1','rosa','2026-01-05T10:02:00.000000Z','2026-04-05T10:02:00.000000Z','[]',NULL);
CREATE TABLE staff_totp (
	changed_seq INTEGER NOT NULL, 
	seal VARCHAR NOT NULL, 
	staff VARCHAR NOT NULL, 
	secret VARCHAR, 
	enrolled_at VARCHAR(27), 
	waiting VARCHAR, 
	waiting_since VARCHAR(27), 
	last_step INTEGER NOT NULL, 
	failed_attempts INTEGER NOT NULL, 
	locked_until VARCHAR(27), 
	PRIMARY KEY (staff), 
	FOREIGN KEY(staff) REFERENCES staff_member (name)
);
CREATE INDEX ix_audit_action ON audit_event (action, seq);
CREATE INDEX ix_audit_patient ON audit_event (patient, seq);
CREATE INDEX ix_audit_session ON audit_event (session, seq);
CREATE INDEX ix_audit_staff ON audit_event (staff, seq);
CREATE INDEX ix_duplicate_pair ON duplicate_verdict (a, b);
CREATE INDEX ix_identity_check_patient_started ON identity_check (patient, started_at);
CREATE INDEX ix_identity_check_session ON identity_check (session);
CREATE INDEX ix_patient_name_mrn ON patient_name (mrn);
CREATE INDEX ix_staff_session_staff ON staff_session (staff);
CREATE INDEX ix_staff_token_staff ON staff_token (staff);
CREATE INDEX ix_change_request_check_id ON change_request (check_id);
CREATE INDEX ix_change_request_mrn ON change_request (mrn);
CREATE INDEX ix_password_history_mrn ON password_history (mrn);
CREATE INDEX ix_portal_session_mrn ON portal_session (mrn);
CREATE INDEX ix_recovery_credential_mrn ON recovery_credential (mrn);
CREATE INDEX ix_recovery_credential_reference ON recovery_credential (reference);
CREATE UNIQUE INDEX ux_credential_permit_kind ON recovery_credential (permit_id, kind);
CREATE INDEX ix_identity_check_staff_started ON identity_check (staff, started_at);
CREATE INDEX ix_audit_action_outcome ON audit_event (action, outcome, seq);
CREATE INDEX ix_audit_staff_action ON audit_event (staff, action, seq);
CREATE INDEX ix_audit_at ON audit_event (at, seq);
CREATE INDEX ix_audit_seal_seq ON audit_seal (seq, row_key, seal);
CREATE INDEX ix_contact_point_mrn ON contact_point (mrn);
CREATE INDEX ix_contact_point_key ON contact_point ("key");
CREATE INDEX ix_outbox_message_to_address ON outbox_message (to_address);
CREATE INDEX ix_outbox_message_credential_id ON outbox_message (credential_id);
CREATE INDEX ix_outbox_message_mrn ON outbox_message (mrn);
CREATE INDEX ix_permit_ground ON permit (ground, ground_id, action);
CREATE INDEX ix_portal_account_email ON portal_account (email);
CREATE INDEX ix_incident_kind_staff ON incident (kind, staff, closed_at);
CREATE INDEX ix_incident_closed ON incident (closed_at, opened_at);
CREATE INDEX ix_duplicate_b ON duplicate_verdict (b);
CREATE INDEX ix_proxy_person ON proxy (person);
CREATE INDEX ix_proxy_mrn ON proxy (mrn);
CREATE INDEX ix_proxy_ended_at ON proxy (ended_at);
CREATE INDEX ix_outbox_message_unsent ON outbox_message (sent_at, changed_seq);
CREATE INDEX ix_bulk_run_finished ON bulk_run (finished_at, started_at);
CREATE INDEX ix_patient_birth_date ON patient (birth_date);
CREATE TRIGGER audit_event_no_update BEFORE UPDATE ON audit_event FOR EACH ROW WHEN 1 BEGIN SELECT RAISE(ABORT, 'portaldesk: the record is never edited'); END;
CREATE TRIGGER audit_seal_no_update BEFORE UPDATE ON audit_seal FOR EACH ROW WHEN 1 BEGIN SELECT RAISE(ABORT, 'portaldesk: the record is never edited'); END;
CREATE TRIGGER audit_event_no_delete BEFORE DELETE ON audit_event FOR EACH ROW WHEN NOT EXISTS (SELECT 1 FROM audit_archive a WHERE OLD.seq <= a.last_seq) BEGIN SELECT RAISE(ABORT, 'portaldesk: the record is never shortened'); END;
CREATE TRIGGER audit_seal_no_delete BEFORE DELETE ON audit_seal FOR EACH ROW WHEN NOT EXISTS (SELECT 1 FROM audit_archive a WHERE OLD.seq <= a.last_seq) BEGIN SELECT RAISE(ABORT, 'portaldesk: the record is never shortened'); END;
CREATE TRIGGER audit_head_no_delete BEFORE DELETE ON audit_head FOR EACH ROW WHEN 1 BEGIN SELECT RAISE(ABORT, 'portaldesk: the record is never shortened'); END;
CREATE TRIGGER audit_event_next BEFORE INSERT ON audit_event FOR EACH ROW WHEN NOT EXISTS (SELECT 1 FROM audit_head h WHERE NEW.seq = h.seq + 1 AND NEW.prev_hash = h.hash AND NEW.at >= h.at) OR EXISTS (SELECT 1 FROM audit_event e WHERE e.seq = NEW.seq) BEGIN SELECT RAISE(ABORT, 'portaldesk: an event must be the next of the head'); END;
CREATE TRIGGER audit_event_moves_head AFTER INSERT ON audit_event FOR EACH ROW BEGIN UPDATE audit_head SET seq = NEW.seq, at = NEW.at, hash = NEW.hash; END;
CREATE TRIGGER audit_head_follows BEFORE UPDATE ON audit_head FOR EACH ROW WHEN NEW.id IS NOT OLD.id OR NEW.seq IS NOT OLD.seq + 1 OR NOT EXISTS (SELECT 1 FROM audit_event e WHERE e.seq = NEW.seq AND e.hash = NEW.hash AND e.at = NEW.at) BEGIN SELECT RAISE(ABORT, 'portaldesk: the head follows the record'); END;
CREATE TRIGGER audit_head_only_one BEFORE INSERT ON audit_head FOR EACH ROW WHEN EXISTS (SELECT 1 FROM audit_head) BEGIN SELECT RAISE(ABORT, 'portaldesk: one head'); END;
CREATE TRIGGER audit_seal_before_event BEFORE INSERT ON audit_seal FOR EACH ROW WHEN NEW.seq <= (SELECT seq FROM audit_head) OR EXISTS (SELECT 1 FROM audit_seal s WHERE s.row_key = NEW.row_key AND s.seq = NEW.seq) BEGIN SELECT RAISE(ABORT, 'portaldesk: a seal belongs to an event yet to come'); END;
CREATE TRIGGER audit_archive_of_old_events BEFORE INSERT ON audit_archive FOR EACH ROW WHEN NEW.first_seq IS NOT (SELECT coalesce(max(a.last_seq), 0) + 1 FROM audit_archive a) OR NEW.last_seq < NEW.first_seq OR NOT EXISTS (SELECT 1 FROM audit_event e WHERE e.seq = NEW.last_seq AND e.hash = NEW.last_hash AND e.at = NEW.last_at) OR CAST(CAST(substr(NEW.last_at, 1, 4) AS INTEGER) + 6 AS TEXT) || substr(NEW.last_at, 5) > (SELECT at FROM audit_head) BEGIN SELECT RAISE(ABORT, 'portaldesk: the record is kept for 6 years'); END;
CREATE TRIGGER audit_archive_of_no_rows_seal BEFORE INSERT ON audit_archive FOR EACH ROW WHEN EXISTS (SELECT 1 FROM audit_seal s WHERE s.seq <= NEW.last_seq AND NOT EXISTS (SELECT 1 FROM audit_seal n WHERE n.row_key = s.row_key AND n.seq > NEW.last_seq)) BEGIN SELECT RAISE(ABORT, 'portaldesk: the newest seal of a row stays in the record'); END;
CREATE TRIGGER patient_insert_in_record BEFORE INSERT ON patient FOR EACH ROW WHEN EXISTS (SELECT 1 FROM patient o WHERE o.mrn = NEW.mrn) OR NOT EXISTS (SELECT 1 FROM audit_seal s WHERE s.row_key = 'patient:' || NEW.mrn AND s.seq = NEW.changed_seq AND s.seal = NEW.seal AND s.seq <= (SELECT seq FROM audit_head) AND NOT EXISTS (SELECT 1 FROM audit_seal n WHERE n.row_key = s.row_key AND n.seq <> s.seq)) BEGIN SELECT RAISE(ABORT, 'portaldesk: patient: no event of the record carries this row'); END;
CREATE TRIGGER patient_update_in_record BEFORE UPDATE OF changed_seq, mrn, given_name, family_name, other_names, birth_date, sex, address, city, postal_code, language, last_visit, status, merged_into, birth_date_evidence_from, postal_code_evidence_from, imported_at, address_evidence_from, seal ON patient FOR EACH ROW WHEN NEW.mrn IS NOT OLD.mrn OR NEW.changed_seq IS OLD.changed_seq OR NOT EXISTS (SELECT 1 FROM audit_seal s WHERE s.row_key = 'patient:' || NEW.mrn AND s.seq = NEW.changed_seq AND s.seal = NEW.seal AND s.seq <= (SELECT seq FROM audit_head) AND NOT EXISTS (SELECT 1 FROM audit_seal n WHERE n.row_key = s.row_key AND n.seq > s.seq)) BEGIN SELECT RAISE(ABORT, 'portaldesk: patient: no event of the record carries this change'); END;
CREATE TRIGGER patient_no_delete BEFORE DELETE ON patient FOR EACH ROW WHEN 1 BEGIN SELECT RAISE(ABORT, 'portaldesk: patient: rows are never deleted'); END;
CREATE TRIGGER contact_point_insert_in_record BEFORE INSERT ON contact_point FOR EACH ROW WHEN EXISTS (SELECT 1 FROM contact_point o WHERE o.id = NEW.id) OR NOT EXISTS (SELECT 1 FROM audit_seal s WHERE s.row_key = 'contact_point:' || NEW.id AND s.seq = NEW.changed_seq AND s.seal = NEW.seal AND s.seq <= (SELECT seq FROM audit_head) AND NOT EXISTS (SELECT 1 FROM audit_seal n WHERE n.row_key = s.row_key AND n.seq <> s.seq)) BEGIN SELECT RAISE(ABORT, 'portaldesk: contact_point: no event of the record carries this row'); END;
CREATE TRIGGER contact_point_update_in_record BEFORE UPDATE OF changed_seq, id, mrn, kind, value, key, source, added_at, evidence_from, confirmed_at, confirmed_how, bounced_at, do_not_use, confidential, current, notices_until, seal ON contact_point FOR EACH ROW WHEN NEW.id IS NOT OLD.id OR NEW.changed_seq IS OLD.changed_seq OR NOT EXISTS (SELECT 1 FROM audit_seal s WHERE s.row_key = 'contact_point:' || NEW.id AND s.seq = NEW.changed_seq AND s.seal = NEW.seal AND s.seq <= (SELECT seq FROM audit_head) AND NOT EXISTS (SELECT 1 FROM audit_seal n WHERE n.row_key = s.row_key AND n.seq > s.seq)) BEGIN SELECT RAISE(ABORT, 'portaldesk: contact_point: no event of the record carries this change'); END;
CREATE TRIGGER contact_point_no_delete BEFORE DELETE ON contact_point FOR EACH ROW WHEN 1 BEGIN SELECT RAISE(ABORT, 'portaldesk: contact_point: rows are never deleted'); END;
CREATE TRIGGER portal_account_insert_in_record BEFORE INSERT ON portal_account FOR EACH ROW WHEN EXISTS (SELECT 1 FROM portal_account o WHERE o.mrn = NEW.mrn) OR EXISTS (SELECT 1 FROM portal_account o WHERE o.username = NEW.username) OR NOT EXISTS (SELECT 1 FROM audit_seal s WHERE s.row_key = 'portal_account:' || NEW.mrn AND s.seq = NEW.changed_seq AND s.seal = NEW.seal AND s.seq <= (SELECT seq FROM audit_head) AND NOT EXISTS (SELECT 1 FROM audit_seal n WHERE n.row_key = s.row_key AND n.seq > s.seq)) OR (NOT EXISTS (SELECT 1 FROM audit_seal s WHERE s.row_key = 'portal_account:' || NEW.mrn AND s.seq = NEW.changed_seq AND s.seal = NEW.seal AND s.seq <= (SELECT seq FROM audit_head) AND NOT EXISTS (SELECT 1 FROM audit_seal n WHERE n.row_key = s.row_key AND n.seq <> s.seq)) AND NOT EXISTS (SELECT 1 FROM permit p WHERE p.mrn = NEW.mrn AND p.action = 'renew' AND p.changed_seq = NEW.changed_seq)) BEGIN SELECT RAISE(ABORT, 'portaldesk: portal_account: no event of the record carries this row'); END;
CREATE TRIGGER portal_account_update_in_record BEFORE UPDATE OF changed_seq, mrn, username, email, phone, password_hash, status, must_change_password, locked_until, failed_attempts, activated_at, contact_changed_at, permit_id, seal ON portal_account FOR EACH ROW WHEN NEW.mrn IS NOT OLD.mrn OR NEW.changed_seq IS OLD.changed_seq OR NOT EXISTS (SELECT 1 FROM audit_seal s WHERE s.row_key = 'portal_account:' || NEW.mrn AND s.seq = NEW.changed_seq AND s.seal = NEW.seal AND s.seq <= (SELECT seq FROM audit_head) AND NOT EXISTS (SELECT 1 FROM audit_seal n WHERE n.row_key = s.row_key AND n.seq > s.seq)) BEGIN SELECT RAISE(ABORT, 'portaldesk: portal_account: no event of the record carries this change'); END;
CREATE TRIGGER portal_account_no_delete BEFORE DELETE ON portal_account FOR EACH ROW WHEN 1 BEGIN SELECT RAISE(ABORT, 'portaldesk: portal_account: rows are never deleted'); END;
CREATE TRIGGER password_history_insert_in_record BEFORE INSERT ON password_history FOR EACH ROW WHEN EXISTS (SELECT 1 FROM password_history o WHERE o.id = NEW.id) OR NOT EXISTS (SELECT 1 FROM audit_seal s WHERE s.row_key = 'password_history:' || NEW.id AND s.seq = NEW.changed_seq AND s.seal = NEW.seal AND s.seq <= (SELECT seq FROM audit_head) AND NOT EXISTS (SELECT 1 FROM audit_seal n WHERE n.row_key = s.row_key AND n.seq <> s.seq)) BEGIN SELECT RAISE(ABORT, 'portaldesk: password_history: no event of the record carries this row'); END;
CREATE TRIGGER password_history_update_in_record BEFORE UPDATE OF changed_seq, id, mrn, password_hash, set_at, seal ON password_history FOR EACH ROW WHEN NEW.id IS NOT OLD.id OR NEW.changed_seq IS OLD.changed_seq OR NOT EXISTS (SELECT 1 FROM audit_seal s WHERE s.row_key = 'password_history:' || NEW.id AND s.seq = NEW.changed_seq AND s.seal = NEW.seal AND s.seq <= (SELECT seq FROM audit_head) AND NOT EXISTS (SELECT 1 FROM audit_seal n WHERE n.row_key = s.row_key AND n.seq > s.seq)) BEGIN SELECT RAISE(ABORT, 'portaldesk: password_history: no event of the record carries this change'); END;
CREATE TRIGGER password_history_no_delete BEFORE DELETE ON password_history FOR EACH ROW WHEN 1 BEGIN SELECT RAISE(ABORT, 'portaldesk: password_history: rows are never deleted'); END;
CREATE TRIGGER portal_session_insert_in_record BEFORE INSERT ON portal_session FOR EACH ROW WHEN EXISTS (SELECT 1 FROM portal_session o WHERE o.id = NEW.id) OR EXISTS (SELECT 1 FROM portal_session o WHERE o.token_hash = NEW.token_hash) OR NOT EXISTS (SELECT 1 FROM audit_seal s WHERE s.row_key = 'portal_session:' || NEW.id AND s.seq = NEW.changed_seq AND s.seal = NEW.seal AND s.seq <= (SELECT seq FROM audit_head) AND NOT EXISTS (SELECT 1 FROM audit_seal n WHERE n.row_key = s.row_key AND n.seq <> s.seq)) BEGIN SELECT RAISE(ABORT, 'portaldesk: portal_session: no event of the record carries this row'); END;
CREATE TRIGGER portal_session_update_in_record BEFORE UPDATE OF changed_seq, id, mrn, token_hash, started_at, expires_at, ended_at, ended_why, seal ON portal_session FOR EACH ROW WHEN NEW.id IS NOT OLD.id OR NEW.changed_seq IS OLD.changed_seq OR NOT EXISTS (SELECT 1 FROM audit_seal s WHERE s.row_key = 'portal_session:' || NEW.id AND s.seq = NEW.changed_seq AND s.seal = NEW.seal AND s.seq <= (SELECT seq FROM audit_head) AND NOT EXISTS (SELECT 1 FROM audit_seal n WHERE n.row_key = s.row_key AND n.seq > s.seq)) BEGIN SELECT RAISE(ABORT, 'portaldesk: portal_session: no event of the record carries this change'); END;
CREATE TRIGGER portal_session_no_delete BEFORE DELETE ON portal_session FOR EACH ROW WHEN 1 BEGIN SELECT RAISE(ABORT, 'portaldesk: portal_session: rows are never deleted'); END;
CREATE TRIGGER staff_member_insert_in_record BEFORE INSERT ON staff_member FOR EACH ROW WHEN EXISTS (SELECT 1 FROM staff_member o WHERE o.name = NEW.name) OR NOT EXISTS (SELECT 1 FROM audit_seal s WHERE s.row_key = 'staff_member:' || NEW.name AND s.seq = NEW.changed_seq AND s.seal = NEW.seal AND s.seq <= (SELECT seq FROM audit_head) AND NOT EXISTS (SELECT 1 FROM audit_seal n WHERE n.row_key = s.row_key AND n.seq <> s.seq)) BEGIN SELECT RAISE(ABORT, 'portaldesk: staff_member: no event of the record carries this row'); END;
CREATE TRIGGER staff_member_update_in_record BEFORE UPDATE OF changed_seq, name, role, status, password_hash, must_change_password, failed_attempts, locked_until, credentialed_by, credentialed_at, own_mrn, linked, seal ON staff_member FOR EACH ROW WHEN NEW.name IS NOT OLD.name OR NEW.changed_seq IS OLD.changed_seq OR NOT EXISTS (SELECT 1 FROM audit_seal s WHERE s.row_key = 'staff_member:' || NEW.name AND s.seq = NEW.changed_seq AND s.seal = NEW.seal AND s.seq <= (SELECT seq FROM audit_head) AND NOT EXISTS (SELECT 1 FROM audit_seal n WHERE n.row_key = s.row_key AND n.seq > s.seq)) BEGIN SELECT RAISE(ABORT, 'portaldesk: staff_member: no event of the record carries this change'); END;
CREATE TRIGGER staff_member_no_delete BEFORE DELETE ON staff_member FOR EACH ROW WHEN 1 BEGIN SELECT RAISE(ABORT, 'portaldesk: staff_member: rows are never deleted'); END;
CREATE TRIGGER staff_session_insert_in_record BEFORE INSERT ON staff_session FOR EACH ROW WHEN EXISTS (SELECT 1 FROM staff_session o WHERE o.id = NEW.id) OR EXISTS (SELECT 1 FROM staff_session o WHERE o.token_hash = NEW.token_hash) OR NOT EXISTS (SELECT 1 FROM audit_seal s WHERE s.row_key = 'staff_session:' || NEW.id AND s.seq = NEW.changed_seq AND s.seal = NEW.seal AND s.seq <= (SELECT seq FROM audit_head) AND NOT EXISTS (SELECT 1 FROM audit_seal n WHERE n.row_key = s.row_key AND n.seq <> s.seq)) BEGIN SELECT RAISE(ABORT, 'portaldesk: staff_session: no event of the record carries this row'); END;
CREATE TRIGGER staff_session_update_in_record BEFORE UPDATE OF changed_seq, id, staff, os_caller, token_hash, started_at, ended_at, ended_why, seal ON staff_session FOR EACH ROW WHEN NEW.id IS NOT OLD.id OR NEW.changed_seq IS OLD.changed_seq OR NOT EXISTS (SELECT 1 FROM audit_seal s WHERE s.row_key = 'staff_session:' || NEW.id AND s.seq = NEW.changed_seq AND s.seal = NEW.seal AND s.seq <= (SELECT seq FROM audit_head) AND NOT EXISTS (SELECT 1 FROM audit_seal n WHERE n.row_key = s.row_key AND n.seq > s.seq)) BEGIN SELECT RAISE(ABORT, 'portaldesk: staff_session: no event of the record carries this change'); END;
CREATE TRIGGER staff_session_no_delete BEFORE DELETE ON staff_session FOR EACH ROW WHEN 1 BEGIN SELECT RAISE(ABORT, 'portaldesk: staff_session: rows are never deleted'); END;
CREATE TRIGGER staff_token_insert_in_record BEFORE INSERT ON staff_token FOR EACH ROW WHEN EXISTS (SELECT 1 FROM staff_token o WHERE o.id = NEW.id) OR EXISTS (SELECT 1 FROM staff_token o WHERE o.token_hash = NEW.token_hash) OR NOT EXISTS (SELECT 1 FROM audit_seal s WHERE s.row_key = 'staff_token:' || NEW.id AND s.seq = NEW.changed_seq AND s.seal = NEW.seal AND s.seq <= (SELECT seq FROM audit_head) AND NOT EXISTS (SELECT 1 FROM audit_seal n WHERE n.row_key = s.row_key AND n.seq <> s.seq)) BEGIN SELECT RAISE(ABORT, 'portaldesk: staff_token: no event of the record carries this row'); END;
CREATE TRIGGER staff_token_update_in_record BEFORE UPDATE OF changed_seq, id, staff, token_hash, created_by, created_at, expires_at, only, revoked_at, seal ON staff_token FOR EACH ROW WHEN NEW.id IS NOT OLD.id OR NEW.changed_seq IS OLD.changed_seq OR NOT EXISTS (SELECT 1 FROM audit_seal s WHERE s.row_key = 'staff_token:' || NEW.id AND s.seq = NEW.changed_seq AND s.seal = NEW.seal AND s.seq <= (SELECT seq FROM audit_head) AND NOT EXISTS (SELECT 1 FROM audit_seal n WHERE n.row_key = s.row_key AND n.seq > s.seq)) BEGIN SELECT RAISE(ABORT, 'portaldesk: staff_token: no event of the record carries this change'); END;
CREATE TRIGGER staff_token_no_delete BEFORE DELETE ON staff_token FOR EACH ROW WHEN 1 BEGIN SELECT RAISE(ABORT, 'portaldesk: staff_token: rows are never deleted'); END;
CREATE TRIGGER staff_totp_insert_in_record BEFORE INSERT ON staff_totp FOR EACH ROW WHEN EXISTS (SELECT 1 FROM staff_totp o WHERE o.staff = NEW.staff) OR NOT EXISTS (SELECT 1 FROM audit_seal s WHERE s.row_key = 'staff_totp:' || NEW.staff AND s.seq = NEW.changed_seq AND s.seal = NEW.seal AND s.seq <= (SELECT seq FROM audit_head) AND NOT EXISTS (SELECT 1 FROM audit_seal n WHERE n.row_key = s.row_key AND n.seq <> s.seq)) BEGIN SELECT RAISE(ABORT, 'portaldesk: staff_totp: no event of the record carries this row'); END;
CREATE TRIGGER staff_totp_update_in_record BEFORE UPDATE OF changed_seq, staff, secret, enrolled_at, waiting, waiting_since, last_step, failed_attempts, locked_until, seal ON staff_totp FOR EACH ROW WHEN NEW.staff IS NOT OLD.staff OR NEW.changed_seq IS OLD.changed_seq OR NOT EXISTS (SELECT 1 FROM audit_seal s WHERE s.row_key = 'staff_totp:' || NEW.staff AND s.seq = NEW.changed_seq AND s.seal = NEW.seal AND s.seq <= (SELECT seq FROM audit_head) AND NOT EXISTS (SELECT 1 FROM audit_seal n WHERE n.row_key = s.row_key AND n.seq > s.seq)) BEGIN SELECT RAISE(ABORT, 'portaldesk: staff_totp: no event of the record carries this change'); END;
CREATE TRIGGER staff_totp_no_delete BEFORE DELETE ON staff_totp FOR EACH ROW WHEN 1 BEGIN SELECT RAISE(ABORT, 'portaldesk: staff_totp: rows are never deleted'); END;
CREATE TRIGGER recovery_code_insert_in_record BEFORE INSERT ON recovery_code FOR EACH ROW WHEN EXISTS (SELECT 1 FROM recovery_code o WHERE o.id = NEW.id) OR NOT EXISTS (SELECT 1 FROM audit_seal s WHERE s.row_key = 'recovery_code:' || NEW.id AND s.seq = NEW.changed_seq AND s.seal = NEW.seal AND s.seq <= (SELECT seq FROM audit_head) AND NOT EXISTS (SELECT 1 FROM audit_seal n WHERE n.row_key = s.row_key AND n.seq <> s.seq)) BEGIN SELECT RAISE(ABORT, 'portaldesk: recovery_code: no event of the record carries this row'); END;
CREATE TRIGGER recovery_code_update_in_record BEFORE UPDATE OF changed_seq, id, code_hash, made_by, made_at, spent_at, spent_for, void_at, seal ON recovery_code FOR EACH ROW WHEN NEW.id IS NOT OLD.id OR NEW.changed_seq IS OLD.changed_seq OR NOT EXISTS (SELECT 1 FROM audit_seal s WHERE s.row_key = 'recovery_code:' || NEW.id AND s.seq = NEW.changed_seq AND s.seal = NEW.seal AND s.seq <= (SELECT seq FROM audit_head) AND NOT EXISTS (SELECT 1 FROM audit_seal n WHERE n.row_key = s.row_key AND n.seq > s.seq)) BEGIN SELECT RAISE(ABORT, 'portaldesk: recovery_code: no event of the record carries this change'); END;
CREATE TRIGGER recovery_code_no_delete BEFORE DELETE ON recovery_code FOR EACH ROW WHEN 1 BEGIN SELECT RAISE(ABORT, 'portaldesk: recovery_code: rows are never deleted'); END;
CREATE TRIGGER identity_check_insert_in_record BEFORE INSERT ON identity_check FOR EACH ROW WHEN EXISTS (SELECT 1 FROM identity_check o WHERE o.id = NEW.id) OR NOT EXISTS (SELECT 1 FROM audit_seal s WHERE s.row_key = 'identity_check:' || NEW.id AND s.seq = NEW.changed_seq AND s.seal = NEW.seal AND s.seq <= (SELECT seq FROM audit_head) AND NOT EXISTS (SELECT 1 FROM audit_seal n WHERE n.row_key = s.row_key AND n.seq <> s.seq)) BEGIN SELECT RAISE(ABORT, 'portaldesk: identity_check: no event of the record carries this row'); END;
CREATE TRIGGER identity_check_update_in_record BEFORE UPDATE OF changed_seq, id, patient, staff, session, caller, reason, outcome, level, evidence, wrong, ask_order, spoiled, code_id, started_at, expires_at, ended_at, ended_why, failed_at, all_there_is, account, represented_by, authority, document, seal ON identity_check FOR EACH ROW WHEN NEW.id IS NOT OLD.id OR NEW.changed_seq IS OLD.changed_seq OR NOT EXISTS (SELECT 1 FROM audit_seal s WHERE s.row_key = 'identity_check:' || NEW.id AND s.seq = NEW.changed_seq AND s.seal = NEW.seal AND s.seq <= (SELECT seq FROM audit_head) AND NOT EXISTS (SELECT 1 FROM audit_seal n WHERE n.row_key = s.row_key AND n.seq > s.seq)) BEGIN SELECT RAISE(ABORT, 'portaldesk: identity_check: no event of the record carries this change'); END;
CREATE TRIGGER identity_check_no_delete BEFORE DELETE ON identity_check FOR EACH ROW WHEN 1 BEGIN SELECT RAISE(ABORT, 'portaldesk: identity_check: rows are never deleted'); END;
CREATE TRIGGER permit_insert_in_record BEFORE INSERT ON permit FOR EACH ROW WHEN EXISTS (SELECT 1 FROM permit o WHERE o.id = NEW.id) OR NOT EXISTS (SELECT 1 FROM audit_seal s WHERE s.row_key = 'permit:' || NEW.id AND s.seq = NEW.changed_seq AND s.seal = NEW.seal AND s.seq <= (SELECT seq FROM audit_head) AND NOT EXISTS (SELECT 1 FROM audit_seal n WHERE n.row_key = s.row_key AND n.seq <> s.seq)) BEGIN SELECT RAISE(ABORT, 'portaldesk: permit: no event of the record carries this row'); END;
CREATE TRIGGER permit_update_in_record BEFORE UPDATE OF changed_seq, id, mrn, action, ground, ground_id, level, staff, issued_at, seal ON permit FOR EACH ROW WHEN NEW.id IS NOT OLD.id OR NEW.changed_seq IS OLD.changed_seq OR NOT EXISTS (SELECT 1 FROM audit_seal s WHERE s.row_key = 'permit:' || NEW.id AND s.seq = NEW.changed_seq AND s.seal = NEW.seal AND s.seq <= (SELECT seq FROM audit_head) AND NOT EXISTS (SELECT 1 FROM audit_seal n WHERE n.row_key = s.row_key AND n.seq > s.seq)) BEGIN SELECT RAISE(ABORT, 'portaldesk: permit: no event of the record carries this change'); END;
CREATE TRIGGER permit_no_delete BEFORE DELETE ON permit FOR EACH ROW WHEN 1 BEGIN SELECT RAISE(ABORT, 'portaldesk: permit: rows are never deleted'); END;
CREATE TRIGGER recovery_credential_insert_in_record BEFORE INSERT ON recovery_credential FOR EACH ROW WHEN EXISTS (SELECT 1 FROM recovery_credential o WHERE o.id = NEW.id) OR EXISTS (SELECT 1 FROM recovery_credential o WHERE o.secret_hash = NEW.secret_hash) OR NOT EXISTS (SELECT 1 FROM audit_seal s WHERE s.row_key = 'recovery_credential:' || NEW.id AND s.seq = NEW.changed_seq AND s.seal = NEW.seal AND s.seq <= (SELECT seq FROM audit_head) AND NOT EXISTS (SELECT 1 FROM audit_seal n WHERE n.row_key = s.row_key AND n.seq <> s.seq)) BEGIN SELECT RAISE(ABORT, 'portaldesk: recovery_credential: no event of the record carries this row'); END;
CREATE TRIGGER recovery_credential_update_in_record BEFORE UPDATE OF changed_seq, id, kind, mrn, reference, secret_hash, issued_at, expires_at, bound_to, sent_to, check_id, request_id, permit_id, call_code_hash, tries, opened_at, redeemed_at, revoked_at, superseded_by, seal ON recovery_credential FOR EACH ROW WHEN NEW.id IS NOT OLD.id OR NEW.changed_seq IS OLD.changed_seq OR NOT EXISTS (SELECT 1 FROM audit_seal s WHERE s.row_key = 'recovery_credential:' || NEW.id AND s.seq = NEW.changed_seq AND s.seal = NEW.seal AND s.seq <= (SELECT seq FROM audit_head) AND NOT EXISTS (SELECT 1 FROM audit_seal n WHERE n.row_key = s.row_key AND n.seq > s.seq)) BEGIN SELECT RAISE(ABORT, 'portaldesk: recovery_credential: no event of the record carries this change'); END;
CREATE TRIGGER recovery_credential_no_delete BEFORE DELETE ON recovery_credential FOR EACH ROW WHEN 1 BEGIN SELECT RAISE(ABORT, 'portaldesk: recovery_credential: rows are never deleted'); END;
CREATE TRIGGER change_request_insert_in_record BEFORE INSERT ON change_request FOR EACH ROW WHEN EXISTS (SELECT 1 FROM change_request o WHERE o.id = NEW.id) OR NOT EXISTS (SELECT 1 FROM audit_seal s WHERE s.row_key = 'change_request:' || NEW.id AND s.seq = NEW.changed_seq AND s.seal = NEW.seal AND s.seq <= (SELECT seq FROM audit_head) AND NOT EXISTS (SELECT 1 FROM audit_seal n WHERE n.row_key = s.row_key AND n.seq <> s.seq)) BEGIN SELECT RAISE(ABORT, 'portaldesk: change_request: no event of the record carries this row'); END;
CREATE TRIGGER change_request_update_in_record BEFORE UPDATE OF changed_seq, id, mrn, kind, new_value, state, check_id, permit_id, requested_by, requested_at, expires_at, rests_on_photo_id, codes_sent, confirmed_at, confirmed_how, old_told_at, waits_until, decided_by, decided_at, decision_reason, independent, seal ON change_request FOR EACH ROW WHEN NEW.id IS NOT OLD.id OR NEW.changed_seq IS OLD.changed_seq OR NOT EXISTS (SELECT 1 FROM audit_seal s WHERE s.row_key = 'change_request:' || NEW.id AND s.seq = NEW.changed_seq AND s.seal = NEW.seal AND s.seq <= (SELECT seq FROM audit_head) AND NOT EXISTS (SELECT 1 FROM audit_seal n WHERE n.row_key = s.row_key AND n.seq > s.seq)) BEGIN SELECT RAISE(ABORT, 'portaldesk: change_request: no event of the record carries this change'); END;
CREATE TRIGGER change_request_no_delete BEFORE DELETE ON change_request FOR EACH ROW WHEN 1 BEGIN SELECT RAISE(ABORT, 'portaldesk: change_request: rows are never deleted'); END;
CREATE TRIGGER outbox_message_insert_in_record BEFORE INSERT ON outbox_message FOR EACH ROW WHEN EXISTS (SELECT 1 FROM outbox_message o WHERE o.id = NEW.id) OR NOT EXISTS (SELECT 1 FROM audit_seal s WHERE s.row_key = 'outbox_message:' || NEW.id AND s.seq = NEW.changed_seq AND s.seal = NEW.seal AND s.seq <= (SELECT seq FROM audit_head) AND NOT EXISTS (SELECT 1 FROM audit_seal n WHERE n.row_key = s.row_key AND n.seq <> s.seq)) BEGIN SELECT RAISE(ABORT, 'portaldesk: outbox_message: no event of the record carries this row'); END;
CREATE TRIGGER outbox_message_update_in_record BEFORE UPDATE OF changed_seq, id, kind, mrn, to_address, credential_id, permit_id, variables, created_at, sent_at, dropped_why, bounced_at, bounce_status, seal ON outbox_message FOR EACH ROW WHEN NEW.id IS NOT OLD.id OR NEW.changed_seq IS OLD.changed_seq OR NOT EXISTS (SELECT 1 FROM audit_seal s WHERE s.row_key = 'outbox_message:' || NEW.id AND s.seq = NEW.changed_seq AND s.seal = NEW.seal AND s.seq <= (SELECT seq FROM audit_head) AND NOT EXISTS (SELECT 1 FROM audit_seal n WHERE n.row_key = s.row_key AND n.seq > s.seq)) BEGIN SELECT RAISE(ABORT, 'portaldesk: outbox_message: no event of the record carries this change'); END;
CREATE TRIGGER outbox_message_no_delete BEFORE DELETE ON outbox_message FOR EACH ROW WHEN 1 BEGIN SELECT RAISE(ABORT, 'portaldesk: outbox_message: rows are never deleted'); END;
CREATE TRIGGER settings_insert_in_record BEFORE INSERT ON settings FOR EACH ROW WHEN EXISTS (SELECT 1 FROM settings o WHERE o.id = NEW.id) OR NOT EXISTS (SELECT 1 FROM audit_seal s WHERE s.row_key = 'settings:' || NEW.id AND s.seq = NEW.changed_seq AND s.seal = NEW.seal AND s.seq <= (SELECT seq FROM audit_head) AND NOT EXISTS (SELECT 1 FROM audit_seal n WHERE n.row_key = s.row_key AND n.seq <> s.seq)) BEGIN SELECT RAISE(ABORT, 'portaldesk: settings: no event of the record carries this row'); END;
CREATE TRIGGER settings_update_in_record BEFORE UPDATE OF changed_seq, id, store_id, created_at, values_json, accepted_clock, seal ON settings FOR EACH ROW WHEN NEW.id IS NOT OLD.id OR NEW.changed_seq IS OLD.changed_seq OR NOT EXISTS (SELECT 1 FROM audit_seal s WHERE s.row_key = 'settings:' || NEW.id AND s.seq = NEW.changed_seq AND s.seal = NEW.seal AND s.seq <= (SELECT seq FROM audit_head) AND NOT EXISTS (SELECT 1 FROM audit_seal n WHERE n.row_key = s.row_key AND n.seq > s.seq)) BEGIN SELECT RAISE(ABORT, 'portaldesk: settings: no event of the record carries this change'); END;
CREATE TRIGGER settings_no_delete BEFORE DELETE ON settings FOR EACH ROW WHEN 1 BEGIN SELECT RAISE(ABORT, 'portaldesk: settings: rows are never deleted'); END;
CREATE TRIGGER duplicate_verdict_insert_in_record BEFORE INSERT ON duplicate_verdict FOR EACH ROW WHEN EXISTS (SELECT 1 FROM duplicate_verdict o WHERE o.id = NEW.id) OR NOT EXISTS (SELECT 1 FROM audit_seal s WHERE s.row_key = 'duplicate_verdict:' || NEW.id AND s.seq = NEW.changed_seq AND s.seal = NEW.seal AND s.seq <= (SELECT seq FROM audit_head) AND NOT EXISTS (SELECT 1 FROM audit_seal n WHERE n.row_key = s.row_key AND n.seq <> s.seq)) BEGIN SELECT RAISE(ABORT, 'portaldesk: duplicate_verdict: no event of the record carries this row'); END;
CREATE TRIGGER duplicate_verdict_update_in_record BEFORE UPDATE OF changed_seq, id, a, b, verdict, reason, judged_on, staff, at, survivor, seal ON duplicate_verdict FOR EACH ROW WHEN NEW.id IS NOT OLD.id OR NEW.changed_seq IS OLD.changed_seq OR NOT EXISTS (SELECT 1 FROM audit_seal s WHERE s.row_key = 'duplicate_verdict:' || NEW.id AND s.seq = NEW.changed_seq AND s.seal = NEW.seal AND s.seq <= (SELECT seq FROM audit_head) AND NOT EXISTS (SELECT 1 FROM audit_seal n WHERE n.row_key = s.row_key AND n.seq > s.seq)) BEGIN SELECT RAISE(ABORT, 'portaldesk: duplicate_verdict: no event of the record carries this change'); END;
CREATE TRIGGER duplicate_verdict_no_delete BEFORE DELETE ON duplicate_verdict FOR EACH ROW WHEN 1 BEGIN SELECT RAISE(ABORT, 'portaldesk: duplicate_verdict: rows are never deleted'); END;
CREATE TRIGGER proxy_person_insert_in_record BEFORE INSERT ON proxy_person FOR EACH ROW WHEN EXISTS (SELECT 1 FROM proxy_person o WHERE o.mrn = NEW.mrn) OR NOT EXISTS (SELECT 1 FROM audit_seal s WHERE s.row_key = 'proxy_person:' || NEW.mrn AND s.seq = NEW.changed_seq AND s.seal = NEW.seal AND s.seq <= (SELECT seq FROM audit_head) AND NOT EXISTS (SELECT 1 FROM audit_seal n WHERE n.row_key = s.row_key AND n.seq <> s.seq)) BEGIN SELECT RAISE(ABORT, 'portaldesk: proxy_person: no event of the record carries this row'); END;
CREATE TRIGGER proxy_person_update_in_record BEFORE UPDATE OF changed_seq, mrn, given_name, family_name, birth_date, postal_code, language, last_visit, status, birth_date_evidence_from, postal_code_evidence_from, added_at, seal ON proxy_person FOR EACH ROW WHEN NEW.mrn IS NOT OLD.mrn OR NEW.changed_seq IS OLD.changed_seq OR NOT EXISTS (SELECT 1 FROM audit_seal s WHERE s.row_key = 'proxy_person:' || NEW.mrn AND s.seq = NEW.changed_seq AND s.seal = NEW.seal AND s.seq <= (SELECT seq FROM audit_head) AND NOT EXISTS (SELECT 1 FROM audit_seal n WHERE n.row_key = s.row_key AND n.seq > s.seq)) BEGIN SELECT RAISE(ABORT, 'portaldesk: proxy_person: no event of the record carries this change'); END;
CREATE TRIGGER proxy_person_no_delete BEFORE DELETE ON proxy_person FOR EACH ROW WHEN 1 BEGIN SELECT RAISE(ABORT, 'portaldesk: proxy_person: rows are never deleted'); END;
CREATE TRIGGER proxy_insert_in_record BEFORE INSERT ON proxy FOR EACH ROW WHEN EXISTS (SELECT 1 FROM proxy o WHERE o.id = NEW.id) OR NOT EXISTS (SELECT 1 FROM audit_seal s WHERE s.row_key = 'proxy:' || NEW.id AND s.seq = NEW.changed_seq AND s.seal = NEW.seal AND s.seq <= (SELECT seq FROM audit_head) AND NOT EXISTS (SELECT 1 FROM audit_seal n WHERE n.row_key = s.row_key AND n.seq <> s.seq)) BEGIN SELECT RAISE(ABORT, 'portaldesk: proxy: no event of the record carries this row'); END;
CREATE TRIGGER proxy_update_in_record BEFORE UPDATE OF changed_seq, id, person, mrn, relation, authority, document, scope, minor, granted_at, granted_by, check_id, request_id, permit_id, ends_at, ended_at, ended_why, seal ON proxy FOR EACH ROW WHEN NEW.id IS NOT OLD.id OR NEW.changed_seq IS OLD.changed_seq OR NOT EXISTS (SELECT 1 FROM audit_seal s WHERE s.row_key = 'proxy:' || NEW.id AND s.seq = NEW.changed_seq AND s.seal = NEW.seal AND s.seq <= (SELECT seq FROM audit_head) AND NOT EXISTS (SELECT 1 FROM audit_seal n WHERE n.row_key = s.row_key AND n.seq > s.seq)) BEGIN SELECT RAISE(ABORT, 'portaldesk: proxy: no event of the record carries this change'); END;
CREATE TRIGGER proxy_no_delete BEFORE DELETE ON proxy FOR EACH ROW WHEN 1 BEGIN SELECT RAISE(ABORT, 'portaldesk: proxy: rows are never deleted'); END;
CREATE TRIGGER audit_archive_insert_in_record BEFORE INSERT ON audit_archive FOR EACH ROW WHEN EXISTS (SELECT 1 FROM audit_archive o WHERE o.id = NEW.id) OR NOT EXISTS (SELECT 1 FROM audit_seal s WHERE s.row_key = 'audit_archive:' || NEW.id AND s.seq = NEW.changed_seq AND s.seal = NEW.seal AND s.seq <= (SELECT seq FROM audit_head) AND NOT EXISTS (SELECT 1 FROM audit_seal n WHERE n.row_key = s.row_key AND n.seq <> s.seq)) BEGIN SELECT RAISE(ABORT, 'portaldesk: audit_archive: no event of the record carries this row'); END;
CREATE TRIGGER audit_archive_update_in_record BEFORE UPDATE OF changed_seq, id, first_seq, last_seq, last_at, last_hash, manifest_sha256, seal ON audit_archive FOR EACH ROW WHEN NEW.id IS NOT OLD.id OR NEW.changed_seq IS OLD.changed_seq OR NOT EXISTS (SELECT 1 FROM audit_seal s WHERE s.row_key = 'audit_archive:' || NEW.id AND s.seq = NEW.changed_seq AND s.seal = NEW.seal AND s.seq <= (SELECT seq FROM audit_head) AND NOT EXISTS (SELECT 1 FROM audit_seal n WHERE n.row_key = s.row_key AND n.seq > s.seq)) BEGIN SELECT RAISE(ABORT, 'portaldesk: audit_archive: no event of the record carries this change'); END;
CREATE TRIGGER audit_archive_no_delete BEFORE DELETE ON audit_archive FOR EACH ROW WHEN 1 BEGIN SELECT RAISE(ABORT, 'portaldesk: audit_archive: rows are never deleted'); END;
CREATE TRIGGER incident_insert_in_record BEFORE INSERT ON incident FOR EACH ROW WHEN EXISTS (SELECT 1 FROM incident o WHERE o.id = NEW.id) OR NOT EXISTS (SELECT 1 FROM audit_seal s WHERE s.row_key = 'incident:' || NEW.id AND s.seq = NEW.changed_seq AND s.seal = NEW.seal AND s.seq <= (SELECT seq FROM audit_head) AND NOT EXISTS (SELECT 1 FROM audit_seal n WHERE n.row_key = s.row_key AND n.seq <> s.seq)) BEGIN SELECT RAISE(ABORT, 'portaldesk: incident: no event of the record carries this row'); END;
CREATE TRIGGER incident_update_in_record BEFORE UPDATE OF changed_seq, id, kind, patient, staff, opened_at, opened_seq, closed_at, closed_by, outcome, seal ON incident FOR EACH ROW WHEN NEW.id IS NOT OLD.id OR NEW.changed_seq IS OLD.changed_seq OR NOT EXISTS (SELECT 1 FROM audit_seal s WHERE s.row_key = 'incident:' || NEW.id AND s.seq = NEW.changed_seq AND s.seal = NEW.seal AND s.seq <= (SELECT seq FROM audit_head) AND NOT EXISTS (SELECT 1 FROM audit_seal n WHERE n.row_key = s.row_key AND n.seq > s.seq)) BEGIN SELECT RAISE(ABORT, 'portaldesk: incident: no event of the record carries this change'); END;
CREATE TRIGGER incident_no_delete BEFORE DELETE ON incident FOR EACH ROW WHEN 1 BEGIN SELECT RAISE(ABORT, 'portaldesk: incident: rows are never deleted'); END;
CREATE TRIGGER bulk_run_insert_in_record BEFORE INSERT ON bulk_run FOR EACH ROW WHEN EXISTS (SELECT 1 FROM bulk_run o WHERE o.id = NEW.id) OR NOT EXISTS (SELECT 1 FROM audit_seal s WHERE s.row_key = 'bulk_run:' || NEW.id AND s.seq = NEW.changed_seq AND s.seal = NEW.seal AND s.seq <= (SELECT seq FROM audit_head) AND NOT EXISTS (SELECT 1 FROM audit_seal n WHERE n.row_key = s.row_key AND n.seq <> s.seq)) BEGIN SELECT RAISE(ABORT, 'portaldesk: bulk_run: no event of the record carries this row'); END;
CREATE TRIGGER bulk_run_update_in_record BEFORE UPDATE OF changed_seq, id, staff, source, digest, options, started_at, finished_at, outcome, seal ON bulk_run FOR EACH ROW WHEN NEW.id IS NOT OLD.id OR NEW.changed_seq IS OLD.changed_seq OR NOT EXISTS (SELECT 1 FROM audit_seal s WHERE s.row_key = 'bulk_run:' || NEW.id AND s.seq = NEW.changed_seq AND s.seal = NEW.seal AND s.seq <= (SELECT seq FROM audit_head) AND NOT EXISTS (SELECT 1 FROM audit_seal n WHERE n.row_key = s.row_key AND n.seq > s.seq)) BEGIN SELECT RAISE(ABORT, 'portaldesk: bulk_run: no event of the record carries this change'); END;
CREATE TRIGGER bulk_run_no_delete BEFORE DELETE ON bulk_run FOR EACH ROW WHEN 1 BEGIN SELECT RAISE(ABORT, 'portaldesk: bulk_run: rows are never deleted'); END;
CREATE TRIGGER permit_has_ground BEFORE INSERT ON permit FOR EACH ROW WHEN NEW.spent_seq IS NOT NULL OR NEW.changed_seq IS NOT (SELECT seq FROM audit_head) OR NEW.issued_at < (SELECT at FROM audit_head) OR NOT ((NEW.ground = 'check' AND NEW.action IN ('change-username', 'contacts mark', 'contacts mark --usable', 'credentials revoke', 'decline', 'disable', 'enable', 'issue-temp-login', 'proxy grant', 'proxy revoke', 'recover-username', 'resend-invite', 'resend-invite --letter', 'secure-account', 'send-reset', 'unlock', 'update-contact') AND EXISTS (SELECT 1 FROM identity_check c WHERE c.id = NEW.ground_id AND (((c.caller = 'proxy' AND c.account = NEW.mrn AND EXISTS (SELECT 1 FROM proxy x WHERE x.person = c.account AND x.mrn = c.patient AND x.ended_at IS NULL AND (x.ends_at IS NULL OR x.ends_at > NEW.issued_at))) OR (c.caller <> 'proxy' AND c.account IS NULL AND c.patient = NEW.mrn)) OR (NEW.action IN ('disable') AND c.level = 'strong' AND c.outcome = 'passed' AND c.caller = 'patient' AND EXISTS (SELECT 1 FROM duplicate_verdict v WHERE v.verdict = 'same' AND v.survivor = c.patient AND ((v.a = c.patient AND v.b = NEW.mrn) OR (v.b = c.patient AND v.a = NEW.mrn)) AND NOT EXISTS (SELECT 1 FROM duplicate_verdict n WHERE n.a = v.a AND n.b = v.b AND n.id <> v.id AND n.at >= v.at AND (n.verdict <> 'same' OR n.survivor IS NOT v.survivor))))) AND ((c.caller = 'patient' AND NEW.action IN ('change-username', 'contacts mark', 'contacts mark --usable', 'credentials revoke', 'decline', 'disable', 'enable', 'issue-temp-login', 'proxy grant', 'proxy revoke', 'recover-username', 'resend-invite', 'resend-invite --letter', 'secure-account', 'send-reset', 'unlock', 'update-contact')) OR (c.caller = 'proxy' AND NEW.action IN ('change-username', 'credentials revoke', 'issue-temp-login', 'recover-username', 'resend-invite', 'secure-account', 'send-reset', 'unlock')) OR (c.caller = 'representative' AND NEW.action IN ('proxy grant'))) AND c.staff = NEW.staff AND c.level = NEW.level AND c.ended_at IS NULL AND c.expires_at > NEW.issued_at AND (c.outcome = 'passed' OR (c.outcome = 'held' AND NEW.action IN ('secure-account')) OR (NEW.action IN ('resend-invite --letter') AND c.outcome = 'pending' AND c.all_there_is = 1 AND c.evidence LIKE '%"birth-date", "outcome": "match"%' AND c.evidence LIKE '%"postal-code", "outcome": "match"%')) AND (c.level IN ('basic', 'strong') OR (NEW.action IN ('resend-invite --letter') AND c.outcome = 'pending' AND c.all_there_is = 1 AND c.evidence LIKE '%"birth-date", "outcome": "match"%' AND c.evidence LIKE '%"postal-code", "outcome": "match"%')) AND (c.level = 'strong' OR NEW.action NOT IN ('change-username', 'contacts mark --usable', 'disable', 'enable', 'issue-temp-login', 'proxy grant', 'proxy revoke', 'update-contact')) AND NOT (NEW.action IN ('contacts mark --usable', 'enable', 'proxy grant', 'proxy revoke', 'update-contact') AND c.evidence LIKE '%"code-email", "outcome": "match"%' AND c.evidence NOT LIKE '%"photo-id"%' AND c.evidence NOT LIKE '%"callback", "outcome": "attested"%' AND c.evidence NOT LIKE '%"code-phone", "outcome": "match"%')) AND (SELECT count(*) FROM permit q WHERE q.ground = 'check' AND q.ground_id = NEW.ground_id AND q.action = NEW.action) < CASE NEW.action WHEN 'resend-invite' THEN 3 WHEN 'resend-invite --letter' THEN 3 WHEN 'send-reset' THEN 3 WHEN 'recover-username' THEN 3 WHEN 'update-contact' THEN 3 WHEN 'contacts mark' THEN 3 WHEN 'contacts mark --usable' THEN 3 ELSE 1 END) OR (NEW.ground = 'approval' AND NEW.action IN ('apply-contact', 'apply-proxy') AND EXISTS (SELECT 1 FROM change_request r WHERE r.id = NEW.ground_id AND r.mrn = NEW.mrn AND r.state = 'effective' AND r.confirmed_at IS NOT NULL AND r.expires_at > NEW.issued_at AND ((NEW.action = 'apply-proxy' AND r.kind = 'proxy') OR (NEW.action = 'apply-contact' AND r.kind <> 'proxy')) AND r.decided_by IS NOT NULL AND r.decided_by = NEW.staff AND r.decided_by <> r.requested_by) AND NOT EXISTS (SELECT 1 FROM permit q WHERE q.ground IN ('approval', 'time') AND q.ground_id = NEW.ground_id)) OR (NEW.ground = 'time' AND NEW.action IN ('apply-contact', 'apply-proxy') AND EXISTS (SELECT 1 FROM change_request r WHERE r.id = NEW.ground_id AND r.mrn = NEW.mrn AND r.state = 'effective' AND r.confirmed_at IS NOT NULL AND r.expires_at > NEW.issued_at AND ((NEW.action = 'apply-proxy' AND r.kind = 'proxy') OR (NEW.action = 'apply-contact' AND r.kind <> 'proxy')) AND r.decided_by IS NULL AND r.rests_on_photo_id = 1 AND r.waits_until IS NOT NULL AND r.waits_until <= NEW.issued_at) AND NOT EXISTS (SELECT 1 FROM permit q WHERE q.ground IN ('approval', 'time') AND q.ground_id = NEW.ground_id)) OR (NEW.ground = 'redemption' AND NEW.action IN ('redeem', 'secure-account', 'unlock') AND EXISTS (SELECT 1 FROM recovery_credential k WHERE k.id = NEW.ground_id AND k.mrn = NEW.mrn AND k.redeemed_at = NEW.issued_at AND k.revoked_at IS NULL AND k.expires_at > NEW.issued_at AND ((NEW.action = 'redeem' AND k.kind IN ('invitation', 'letter', 'reset', 'temp-login')) OR (NEW.action = 'unlock' AND k.kind IN ('unlock-link')) OR (NEW.action = 'secure-account' AND k.kind IN ('object-link')))) AND NOT EXISTS (SELECT 1 FROM permit q WHERE q.ground = 'redemption' AND q.ground_id = NEW.ground_id)) OR (NEW.ground = 'sign-in' AND NEW.action IN ('change-password', 'sign-in') AND EXISTS (SELECT 1 FROM portal_account a WHERE a.mrn = NEW.mrn AND a.status = 'active' AND a.password_hash IS NOT NULL AND (a.locked_until IS NULL OR a.locked_until <= NEW.issued_at)) AND (NEW.mrn NOT LIKE 'proxy:%' OR EXISTS (SELECT 1 FROM proxy x WHERE x.person = NEW.mrn AND x.ended_at IS NULL AND (x.ends_at IS NULL OR x.ends_at > NEW.issued_at)))) OR (NEW.ground = 'import' AND NEW.action IN ('import-contact') AND EXISTS (SELECT 1 FROM portal_account a WHERE a.mrn = NEW.mrn AND a.status = 'new')) OR (NEW.ground = 'bulk' AND NEW.action IN ('resend-invite') AND EXISTS (SELECT 1 FROM bulk_run b WHERE b.id = NEW.ground_id AND b.finished_at IS NULL) AND EXISTS (SELECT 1 FROM staff_member m WHERE m.name = NEW.staff AND m.role = 'admin' AND m.status = 'active') AND EXISTS (SELECT 1 FROM portal_account a JOIN patient h ON h.mrn = a.mrn WHERE a.mrn = NEW.mrn AND a.status = 'new' AND h.status = 'active')) OR (NEW.ground = 'asked' AND NEW.action IN ('recover-username', 'resend-invite', 'send-reset') AND NEW.staff IS NULL) OR (NEW.ground = 'renewal' AND NEW.action IN ('renew') AND EXISTS (SELECT 1 FROM staff_member m WHERE m.name = NEW.staff AND m.role = 'admin' AND m.status = 'active'))) BEGIN SELECT RAISE(ABORT, 'portaldesk: a permit must rest on its ground'); END;
CREATE TRIGGER permit_spent_once BEFORE UPDATE ON permit FOR EACH ROW WHEN (NEW.id IS NOT OLD.id OR NEW.mrn IS NOT OLD.mrn OR NEW.action IS NOT OLD.action OR NEW.ground IS NOT OLD.ground OR NEW.ground_id IS NOT OLD.ground_id OR NEW.level IS NOT OLD.level OR NEW.staff IS NOT OLD.staff OR NEW.issued_at IS NOT OLD.issued_at OR NEW.changed_seq IS NOT OLD.changed_seq OR NEW.seal IS NOT OLD.seal OR OLD.spent_seq IS NOT NULL OR NEW.spent_seq IS NOT OLD.changed_seq OR NEW.spent_seq IS NOT (SELECT seq FROM audit_head)) AND ((OLD.spent_seq IS NOT NULL AND NEW.changed_seq = (SELECT seq FROM audit_head) AND NEW.changed_seq <> OLD.changed_seq AND NEW.spent_seq = NEW.changed_seq AND NOT (NEW.id IS NOT OLD.id OR NEW.mrn IS NOT OLD.mrn OR NEW.action IS NOT OLD.action OR NEW.ground IS NOT OLD.ground OR NEW.ground_id IS NOT OLD.ground_id OR NEW.level IS NOT OLD.level OR NEW.staff IS NOT OLD.staff OR NEW.issued_at IS NOT OLD.issued_at)) IS NOT 1) BEGIN SELECT RAISE(ABORT, 'portaldesk: a permit is spent once, with its event'); END;
CREATE TRIGGER portal_account_born_new BEFORE INSERT ON portal_account FOR EACH ROW WHEN NEW.status IS NOT 'new' OR NEW.password_hash IS NOT NULL OR NEW.permit_id IS NOT NULL OR NEW.must_change_password IS NOT 0 OR NEW.failed_attempts IS NOT 0 OR NEW.locked_until IS NOT NULL OR NEW.activated_at IS NOT NULL OR NOT (EXISTS (SELECT 1 FROM patient h WHERE h.mrn = NEW.mrn) OR EXISTS (SELECT 1 FROM proxy_person h WHERE h.mrn = NEW.mrn)) BEGIN SELECT RAISE(ABORT, 'portaldesk: an account is born new, without a password'); END;
CREATE TRIGGER portal_account_guarded BEFORE UPDATE ON portal_account FOR EACH ROW WHEN NEW.mrn IS NOT OLD.mrn OR (NOT (NEW.username IS NOT OLD.username OR NEW.email IS NOT OLD.email OR NEW.phone IS NOT OLD.phone OR NEW.password_hash IS NOT OLD.password_hash OR NEW.status IS NOT OLD.status OR NEW.must_change_password IS NOT OLD.must_change_password OR NEW.locked_until IS NOT OLD.locked_until OR NEW.failed_attempts IS NOT OLD.failed_attempts OR NEW.activated_at IS NOT OLD.activated_at OR NEW.contact_changed_at IS NOT OLD.contact_changed_at) AND NEW.permit_id IS NOT OLD.permit_id) OR ((NEW.username IS NOT OLD.username OR NEW.email IS NOT OLD.email OR NEW.phone IS NOT OLD.phone OR NEW.password_hash IS NOT OLD.password_hash OR NEW.status IS NOT OLD.status OR NEW.must_change_password IS NOT OLD.must_change_password OR NEW.locked_until IS NOT OLD.locked_until OR NEW.failed_attempts IS NOT OLD.failed_attempts OR NEW.activated_at IS NOT OLD.activated_at OR NEW.contact_changed_at IS NOT OLD.contact_changed_at) AND NOT (NEW.permit_id IS OLD.permit_id AND NEW.failed_attempts >= OLD.failed_attempts AND (NEW.locked_until IS OLD.locked_until OR (NEW.locked_until IS NOT NULL AND (OLD.locked_until IS NULL OR NEW.locked_until > OLD.locked_until))) AND NOT (NEW.username IS NOT OLD.username OR NEW.email IS NOT OLD.email OR NEW.phone IS NOT OLD.phone OR NEW.password_hash IS NOT OLD.password_hash OR NEW.status IS NOT OLD.status OR NEW.must_change_password IS NOT OLD.must_change_password OR NEW.activated_at IS NOT OLD.activated_at OR NEW.contact_changed_at IS NOT OLD.contact_changed_at)) AND NOT (NEW.permit_id IS NOT OLD.permit_id AND EXISTS (SELECT 1 FROM permit p WHERE p.id = NEW.permit_id AND p.mrn = NEW.mrn AND p.spent_seq IS NULL AND p.changed_seq = NEW.changed_seq AND (NOT (NEW.username IS NOT OLD.username) OR ((p.action = 'issue-temp-login' AND (OLD.username IS NULL)) OR (p.action = 'change-username' AND (OLD.username IS NOT NULL AND NEW.username IS NOT NULL)) OR (p.action = 'redeem' AND (OLD.username IS NULL OR OLD.activated_at IS NULL)) OR (p.action = 'renew' AND (NEW.username IS NULL)))) AND (NOT (NEW.email IS NOT OLD.email) OR ((p.action = 'apply-contact' AND (NEW.email IS (SELECT r.new_value FROM change_request r WHERE r.id = p.ground_id AND r.kind = 'email'))) OR (p.action = 'import-contact' AND (OLD.status = 'new')) OR (p.action = 'renew' AND (NEW.email IS NULL)))) AND (NOT (NEW.phone IS NOT OLD.phone) OR ((p.action = 'apply-contact' AND (NEW.phone IS (SELECT r.new_value FROM change_request r WHERE r.id = p.ground_id AND r.kind = 'phone'))) OR (p.action = 'import-contact' AND (OLD.status = 'new')) OR (p.action = 'renew' AND (NEW.phone IS NULL)))) AND (NOT (NEW.password_hash IS NOT OLD.password_hash) OR ((p.action = 'secure-account' AND (NEW.password_hash IS NULL)) OR (p.action = 'issue-temp-login' AND (NEW.password_hash IS NOT NULL)) OR (p.action = 'redeem' AND (NEW.password_hash IS NOT NULL)) OR (p.action = 'sign-in' AND (NEW.password_hash IS NOT NULL AND OLD.password_hash IS NOT NULL)) OR (p.action = 'change-password' AND (NEW.password_hash IS NOT NULL AND OLD.password_hash IS NOT NULL)) OR (p.action = 'renew' AND (NEW.password_hash IS NULL)))) AND (NOT (NEW.status IS NOT OLD.status) OR ((p.action = 'disable' AND (NEW.status = 'disabled')) OR (p.action = 'enable' AND (OLD.status IN ('disabled', 'declined') AND NEW.status = CASE WHEN OLD.activated_at IS NULL THEN 'new' ELSE 'active' END)) OR (p.action = 'decline' AND (NEW.status = 'declined')) OR (p.action = 'redeem' AND (OLD.status = 'new' AND NEW.status = 'active')) OR (p.action = 'renew' AND (NEW.status = 'new')))) AND (NOT (NEW.must_change_password IS NOT OLD.must_change_password) OR ((p.action = 'secure-account' AND (NEW.must_change_password = 0)) OR (p.action = 'issue-temp-login' AND (NEW.must_change_password = 1)) OR (p.action = 'redeem' AND (NEW.must_change_password = 0)) OR (p.action = 'renew' AND (NEW.must_change_password = 0)))) AND (NOT (NEW.locked_until IS NOT OLD.locked_until) OR ((p.action = 'unlock' AND (NEW.locked_until IS NULL AND (p.level = 'strong' OR p.ground = 'redemption'))) OR (p.action = 'redeem' AND (NEW.locked_until IS NULL)) OR (p.action = 'sign-in' AND (NEW.locked_until IS NULL)) OR (p.action = 'change-password' AND (NEW.locked_until IS NULL)) OR (p.action = 'renew' AND (NEW.locked_until IS NULL)))) AND (NOT (NEW.failed_attempts IS NOT OLD.failed_attempts) OR ((p.action = 'redeem' AND (NEW.failed_attempts = 0)) OR (p.action = 'sign-in' AND (NEW.failed_attempts = 0)) OR (p.action = 'change-password' AND (NEW.failed_attempts = 0)) OR (p.action = 'renew' AND (NEW.failed_attempts = 0)))) AND (NOT (NEW.activated_at IS NOT OLD.activated_at) OR ((p.action = 'redeem' AND (NEW.activated_at IS NOT NULL)) OR (p.action = 'renew' AND (NEW.activated_at IS NULL)))) AND (NOT (NEW.contact_changed_at IS NOT OLD.contact_changed_at) OR ((p.action = 'apply-contact' AND (NEW.contact_changed_at IS NOT NULL)) OR (p.action = 'import-contact' AND (NEW.contact_changed_at IS NOT NULL)) OR (p.action = 'renew' AND (NEW.contact_changed_at IS NULL))))))) BEGIN SELECT RAISE(ABORT, 'portaldesk: no identity check, no change'); END;
CREATE TRIGGER portal_account_spends AFTER UPDATE ON portal_account FOR EACH ROW WHEN NEW.permit_id IS NOT OLD.permit_id BEGIN UPDATE permit SET spent_seq = NEW.changed_seq WHERE id = NEW.permit_id; END;
CREATE TRIGGER contact_point_reopened BEFORE UPDATE ON contact_point FOR EACH ROW WHEN NEW.evidence_from < OLD.evidence_from OR ((OLD.do_not_use = 1 AND NEW.do_not_use = 0 OR OLD.confidential = 1 AND NEW.confidential = 0) AND NOT EXISTS (SELECT 1 FROM permit p WHERE p.action = 'contacts mark --usable' AND p.mrn = NEW.mrn AND p.changed_seq = NEW.changed_seq)) BEGIN SELECT RAISE(ABORT, 'portaldesk: no identity check, no address'); END;
CREATE TRIGGER recovery_credential_permitted BEFORE INSERT ON recovery_credential FOR EACH ROW WHEN NEW.redeemed_at IS NOT NULL OR NOT ((NEW.kind = 'code' AND NEW.permit_id IS NULL AND EXISTS (SELECT 1 FROM identity_check c WHERE c.id = NEW.check_id AND ((c.caller = 'proxy' AND c.account = NEW.mrn AND EXISTS (SELECT 1 FROM proxy x WHERE x.person = c.account AND x.mrn = c.patient AND x.ended_at IS NULL AND (x.ends_at IS NULL OR x.ends_at > NEW.issued_at))) OR (c.caller <> 'proxy' AND c.account IS NULL AND c.patient = NEW.mrn)) AND c.level IN ('basic', 'strong') AND c.ended_at IS NULL AND c.expires_at > NEW.issued_at AND c.outcome IN ('passed', 'held'))) OR EXISTS (SELECT 1 FROM permit p WHERE p.id = NEW.permit_id AND p.mrn = NEW.mrn AND p.changed_seq = NEW.changed_seq AND p.issued_at >= (SELECT at FROM audit_head) AND (((p.action = 'resend-invite' AND NEW.kind IN ('invitation')) OR (p.action = 'resend-invite --letter' AND NEW.kind IN ('letter')) OR (p.action = 'send-reset' AND NEW.kind IN ('reset')) OR (p.action = 'unlock' AND NEW.kind IN ('unlock-link')) OR (p.action = 'issue-temp-login' AND NEW.kind IN ('temp-login')) OR (p.action = 'update-contact' AND NEW.kind IN ('confirm-code', 'confirm-link', 'object-link')) OR (p.action = 'proxy grant' AND NEW.kind IN ('object-link'))) AND NOT (p.ground = 'bulk' AND NEW.sent_to IS NOT (SELECT a.email FROM portal_account a WHERE a.mrn = NEW.mrn))))) BEGIN SELECT RAISE(ABORT, 'portaldesk: no identity check, no link or code'); END;
CREATE TRIGGER recovery_credential_not_reborn BEFORE UPDATE ON recovery_credential FOR EACH ROW WHEN OLD.redeemed_at IS NOT NULL AND NEW.redeemed_at IS NOT OLD.redeemed_at OR OLD.revoked_at IS NOT NULL AND NEW.revoked_at IS NOT OLD.revoked_at OR NEW.secret_hash IS NOT OLD.secret_hash OR NEW.mrn IS NOT OLD.mrn OR NEW.kind IS NOT OLD.kind OR NEW.expires_at IS NOT OLD.expires_at OR NEW.bound_to IS NOT OLD.bound_to OR NEW.tries < OLD.tries BEGIN SELECT RAISE(ABORT, 'portaldesk: a used link stays used'); END;
CREATE TRIGGER outbox_message_permitted BEFORE INSERT ON outbox_message FOR EACH ROW WHEN NEW.kind = 'username-reminder' AND NOT EXISTS (SELECT 1 FROM permit p WHERE p.id = NEW.permit_id AND p.mrn = NEW.mrn AND p.changed_seq = NEW.changed_seq AND p.issued_at >= (SELECT at FROM audit_head) AND (p.action IN ('recover-username'))) BEGIN SELECT RAISE(ABORT, 'portaldesk: no identity check, no username'); END;
CREATE TRIGGER change_request_permitted BEFORE INSERT ON change_request FOR EACH ROW WHEN (CASE WHEN NEW.kind = 'proxy' THEN NEW.state NOT IN ('awaiting-approval', 'waiting') OR NEW.rests_on_photo_id IS NOT 1 ELSE NEW.state <> 'awaiting-confirmation' OR NEW.confirmed_at IS NOT NULL END) OR NOT EXISTS (SELECT 1 FROM permit p WHERE p.id = NEW.permit_id AND p.mrn = NEW.mrn AND p.changed_seq = NEW.changed_seq AND p.issued_at >= (SELECT at FROM audit_head) AND (p.action IN ('proxy grant', 'update-contact'))) BEGIN SELECT RAISE(ABORT, 'portaldesk: no identity check, no request'); END;
CREATE TRIGGER proxy_permitted BEFORE INSERT ON proxy FOR EACH ROW WHEN NEW.ended_at IS NOT NULL OR NOT EXISTS (SELECT 1 FROM permit p WHERE p.id = NEW.permit_id AND p.mrn = NEW.mrn AND p.changed_seq = NEW.changed_seq AND p.issued_at >= (SELECT at FROM audit_head) AND ((p.action = 'proxy grant' AND EXISTS (SELECT 1 FROM identity_check c WHERE c.id = p.ground_id AND c.caller = 'patient')) OR (p.action = 'apply-proxy' AND NEW.request_id = p.ground_id))) BEGIN SELECT RAISE(ABORT, 'portaldesk: no identity check, no proxy'); END;
CREATE TRIGGER recovery_credential_spends AFTER INSERT ON recovery_credential FOR EACH ROW WHEN EXISTS (SELECT 1 FROM permit p WHERE p.id = NEW.permit_id AND p.spent_seq IS NULL) BEGIN UPDATE permit SET spent_seq = NEW.changed_seq WHERE id = NEW.permit_id; END;
CREATE TRIGGER outbox_message_spends AFTER INSERT ON outbox_message FOR EACH ROW WHEN EXISTS (SELECT 1 FROM permit p WHERE p.id = NEW.permit_id AND p.spent_seq IS NULL) BEGIN UPDATE permit SET spent_seq = NEW.changed_seq WHERE id = NEW.permit_id; END;
CREATE TRIGGER change_request_spends AFTER INSERT ON change_request FOR EACH ROW WHEN EXISTS (SELECT 1 FROM permit p WHERE p.id = NEW.permit_id AND p.spent_seq IS NULL) BEGIN UPDATE permit SET spent_seq = NEW.changed_seq WHERE id = NEW.permit_id; END;
CREATE TRIGGER proxy_spends AFTER INSERT ON proxy FOR EACH ROW WHEN EXISTS (SELECT 1 FROM permit p WHERE p.id = NEW.permit_id AND p.spent_seq IS NULL) BEGIN UPDATE permit SET spent_seq = NEW.changed_seq WHERE id = NEW.permit_id; END;
CREATE TRIGGER proxy_not_reborn BEFORE UPDATE ON proxy FOR EACH ROW WHEN OLD.ended_at IS NOT NULL AND NEW.ended_at IS NOT OLD.ended_at OR NEW.id IS NOT OLD.id OR NEW.person IS NOT OLD.person OR NEW.mrn IS NOT OLD.mrn OR NEW.relation IS NOT OLD.relation OR NEW.authority IS NOT OLD.authority OR NEW.document IS NOT OLD.document OR NEW.scope IS NOT OLD.scope OR NEW.minor IS NOT OLD.minor OR NEW.granted_at IS NOT OLD.granted_at OR NEW.granted_by IS NOT OLD.granted_by OR NEW.check_id IS NOT OLD.check_id OR NEW.request_id IS NOT OLD.request_id OR NEW.permit_id IS NOT OLD.permit_id OR NEW.ends_at IS NOT OLD.ends_at BEGIN SELECT RAISE(ABORT, 'portaldesk: a proxy that ended stays so'); END;
CREATE TRIGGER bulk_run_stays_over BEFORE UPDATE ON bulk_run FOR EACH ROW WHEN OLD.finished_at IS NOT NULL AND NEW.finished_at IS NOT OLD.finished_at OR NEW.id IS NOT OLD.id OR NEW.staff IS NOT OLD.staff OR NEW.source IS NOT OLD.source OR NEW.digest IS NOT OLD.digest OR NEW.options IS NOT OLD.options OR NEW.started_at IS NOT OLD.started_at BEGIN SELECT RAISE(ABORT, 'portaldesk: a bulk run that is over stays so'); END;
CREATE TRIGGER incident_born_open BEFORE INSERT ON incident FOR EACH ROW WHEN NEW.closed_at IS NOT NULL OR NEW.closed_by IS NOT NULL OR NEW.outcome <> '' OR NEW.opened_seq IS NOT NEW.changed_seq BEGIN SELECT RAISE(ABORT, 'portaldesk: an incident is opened by the event of its cause'); END;
CREATE TRIGGER incident_closed_once BEFORE UPDATE ON incident FOR EACH ROW WHEN NEW.id IS NOT OLD.id OR NEW.kind IS NOT OLD.kind OR NEW.patient IS NOT OLD.patient OR NEW.staff IS NOT OLD.staff OR NEW.opened_at IS NOT OLD.opened_at OR NEW.opened_seq IS NOT OLD.opened_seq OR ((NEW.closed_at IS NOT OLD.closed_at OR NEW.closed_by IS NOT OLD.closed_by OR NEW.outcome IS NOT OLD.outcome) AND (OLD.closed_at IS NOT NULL OR NEW.closed_at IS NULL OR NEW.outcome = '' OR NEW.closed_by IS NEW.staff OR NOT EXISTS (SELECT 1 FROM staff_member m WHERE m.name = NEW.closed_by AND m.role = 'auditor' AND m.status = 'active'))) BEGIN SELECT RAISE(ABORT, 'portaldesk: an incident is closed once, by an auditor'); END;
CREATE TRIGGER patient_keeps_its_place BEFORE UPDATE ON patient FOR EACH ROW WHEN NEW.rowid IS NOT OLD.rowid BEGIN SELECT RAISE(ABORT, 'portaldesk: patient: rows stay'); END;
CREATE TRIGGER contact_point_keeps_its_place BEFORE UPDATE ON contact_point FOR EACH ROW WHEN NEW.rowid IS NOT OLD.rowid BEGIN SELECT RAISE(ABORT, 'portaldesk: contact_point: rows stay'); END;
CREATE TRIGGER portal_account_keeps_its_place BEFORE UPDATE ON portal_account FOR EACH ROW WHEN NEW.rowid IS NOT OLD.rowid BEGIN SELECT RAISE(ABORT, 'portaldesk: portal_account: rows stay'); END;
CREATE TRIGGER password_history_keeps_its_place BEFORE UPDATE ON password_history FOR EACH ROW WHEN NEW.rowid IS NOT OLD.rowid BEGIN SELECT RAISE(ABORT, 'portaldesk: password_history: rows stay'); END;
CREATE TRIGGER portal_session_keeps_its_place BEFORE UPDATE ON portal_session FOR EACH ROW WHEN NEW.rowid IS NOT OLD.rowid BEGIN SELECT RAISE(ABORT, 'portaldesk: portal_session: rows stay'); END;
CREATE TRIGGER staff_member_keeps_its_place BEFORE UPDATE ON staff_member FOR EACH ROW WHEN NEW.rowid IS NOT OLD.rowid BEGIN SELECT RAISE(ABORT, 'portaldesk: staff_member: rows stay'); END;
CREATE TRIGGER staff_session_keeps_its_place BEFORE UPDATE ON staff_session FOR EACH ROW WHEN NEW.rowid IS NOT OLD.rowid BEGIN SELECT RAISE(ABORT, 'portaldesk: staff_session: rows stay'); END;
CREATE TRIGGER staff_token_keeps_its_place BEFORE UPDATE ON staff_token FOR EACH ROW WHEN NEW.rowid IS NOT OLD.rowid BEGIN SELECT RAISE(ABORT, 'portaldesk: staff_token: rows stay'); END;
CREATE TRIGGER staff_totp_keeps_its_place BEFORE UPDATE ON staff_totp FOR EACH ROW WHEN NEW.rowid IS NOT OLD.rowid BEGIN SELECT RAISE(ABORT, 'portaldesk: staff_totp: rows stay'); END;
CREATE TRIGGER recovery_code_keeps_its_place BEFORE UPDATE ON recovery_code FOR EACH ROW WHEN NEW.rowid IS NOT OLD.rowid BEGIN SELECT RAISE(ABORT, 'portaldesk: recovery_code: rows stay'); END;
CREATE TRIGGER identity_check_keeps_its_place BEFORE UPDATE ON identity_check FOR EACH ROW WHEN NEW.rowid IS NOT OLD.rowid BEGIN SELECT RAISE(ABORT, 'portaldesk: identity_check: rows stay'); END;
CREATE TRIGGER permit_keeps_its_place BEFORE UPDATE ON permit FOR EACH ROW WHEN NEW.rowid IS NOT OLD.rowid BEGIN SELECT RAISE(ABORT, 'portaldesk: permit: rows stay'); END;
CREATE TRIGGER recovery_credential_keeps_its_place BEFORE UPDATE ON recovery_credential FOR EACH ROW WHEN NEW.rowid IS NOT OLD.rowid BEGIN SELECT RAISE(ABORT, 'portaldesk: recovery_credential: rows stay'); END;
CREATE TRIGGER change_request_keeps_its_place BEFORE UPDATE ON change_request FOR EACH ROW WHEN NEW.rowid IS NOT OLD.rowid BEGIN SELECT RAISE(ABORT, 'portaldesk: change_request: rows stay'); END;
CREATE TRIGGER outbox_message_keeps_its_place BEFORE UPDATE ON outbox_message FOR EACH ROW WHEN NEW.rowid IS NOT OLD.rowid BEGIN SELECT RAISE(ABORT, 'portaldesk: outbox_message: rows stay'); END;
CREATE TRIGGER settings_keeps_its_place BEFORE UPDATE ON settings FOR EACH ROW WHEN NEW.rowid IS NOT OLD.rowid BEGIN SELECT RAISE(ABORT, 'portaldesk: settings: rows stay'); END;
CREATE TRIGGER duplicate_verdict_keeps_its_place BEFORE UPDATE ON duplicate_verdict FOR EACH ROW WHEN NEW.rowid IS NOT OLD.rowid BEGIN SELECT RAISE(ABORT, 'portaldesk: duplicate_verdict: rows stay'); END;
CREATE TRIGGER proxy_person_keeps_its_place BEFORE UPDATE ON proxy_person FOR EACH ROW WHEN NEW.rowid IS NOT OLD.rowid BEGIN SELECT RAISE(ABORT, 'portaldesk: proxy_person: rows stay'); END;
CREATE TRIGGER proxy_keeps_its_place BEFORE UPDATE ON proxy FOR EACH ROW WHEN NEW.rowid IS NOT OLD.rowid BEGIN SELECT RAISE(ABORT, 'portaldesk: proxy: rows stay'); END;
CREATE TRIGGER audit_archive_keeps_its_place BEFORE UPDATE ON audit_archive FOR EACH ROW WHEN NEW.rowid IS NOT OLD.rowid BEGIN SELECT RAISE(ABORT, 'portaldesk: audit_archive: rows stay'); END;
CREATE TRIGGER incident_keeps_its_place BEFORE UPDATE ON incident FOR EACH ROW WHEN NEW.rowid IS NOT OLD.rowid BEGIN SELECT RAISE(ABORT, 'portaldesk: incident: rows stay'); END;
CREATE TRIGGER bulk_run_keeps_its_place BEFORE UPDATE ON bulk_run FOR EACH ROW WHEN NEW.rowid IS NOT OLD.rowid BEGIN SELECT RAISE(ABORT, 'portaldesk: bulk_run: rows stay'); END;
COMMIT;
