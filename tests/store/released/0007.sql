BEGIN TRANSACTION;
CREATE TABLE alembic_version (
	version_num VARCHAR(32) NOT NULL, 
	CONSTRAINT alembic_version_pkc PRIMARY KEY (version_num)
);
INSERT INTO "alembic_version" VALUES('0007');
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
INSERT INTO "audit_event" VALUES(1,'2026-01-05T10:00:00.000000Z','rosa','init',NULL,'done','',NULL,NULL,'','{"secrets": "file"}','0000000000000000000000000000000000000000000000000000000000000000','dff6c502265eb0af7c224a056c23d28f9a808852ca14889db386246509966e0e');
INSERT INTO "audit_event" VALUES(2,'2026-01-05T10:00:00.000000Z','rosa','import patients','MRN-1','done','',NULL,NULL,'','{}','dff6c502265eb0af7c224a056c23d28f9a808852ca14889db386246509966e0e','adc4015d70a6fd146c837f08652bb3944517fd75c66150fc43d850bbe989f68c');
INSERT INTO "audit_event" VALUES(3,'2026-01-05T10:00:00.000000Z','rosa','import patients','MRN-2','done','',NULL,NULL,'','{}','adc4015d70a6fd146c837f08652bb3944517fd75c66150fc43d850bbe989f68c','91aefd7a645dd5ece8895d5dc9ceb59b67b09a34f5dd9b812efe35861a9a68b2');
INSERT INTO "audit_event" VALUES(4,'2026-01-05T10:00:00.000000Z','rosa','import patients','MRN-3','done','',NULL,NULL,'','{}','91aefd7a645dd5ece8895d5dc9ceb59b67b09a34f5dd9b812efe35861a9a68b2','86a8117aca4b0ce1b86ef6b812405b217ac4d1de23bb76e537a5c1e7f4ade9ee');
INSERT INTO "audit_event" VALUES(5,'2026-01-05T10:00:00.000000Z','rosa','import patients','MRN-4','done','',NULL,NULL,'','{}','86a8117aca4b0ce1b86ef6b812405b217ac4d1de23bb76e537a5c1e7f4ade9ee','a25c846d69bc0de955167f8f04c66d7fc4e6ee3667620ce6b9486a7afcf0a89c');
INSERT INTO "audit_event" VALUES(6,'2026-01-05T10:00:00.000000Z','rosa','import patients','MRN-5','done','',NULL,NULL,'','{}','a25c846d69bc0de955167f8f04c66d7fc4e6ee3667620ce6b9486a7afcf0a89c','c95842ffb7e57482a23f9beab574e7f3f14bb91f5e7d1a142004db935898277a');
INSERT INTO "audit_event" VALUES(7,'2026-01-05T10:01:00.000000Z','rosa','login',NULL,'done','S-40a0e1af9a',NULL,NULL,'','{}','c95842ffb7e57482a23f9beab574e7f3f14bb91f5e7d1a142004db935898277a','7ab0da46152e48be091ef0f99b26457a99e6c4c82cd6ba14451292479a21326b');
INSERT INTO "audit_event" VALUES(8,'2026-01-05T10:02:00.000000Z','rosa','staff add',NULL,'done','S-rosa',NULL,NULL,'','{"name": "sam", "role": "front-desk", "token": "T-FA3A9042"}','7ab0da46152e48be091ef0f99b26457a99e6c4c82cd6ba14451292479a21326b','c02fbd43c05db0e613591c14040be79dc6fd7030c710faccb3dc514dc25b28d0');
INSERT INTO "audit_event" VALUES(9,'2026-01-05T10:03:00.000000Z','sam','verify-identity','MRN-1','passed','S-sam','C-54383DE75F1F','basic','cannot get in','{"attested": [], "by": null, "caller": "patient", "methods": ["birth-date: match", "phone: match", "postal-code: match"], "new": true, "wrong": 0}','c02fbd43c05db0e613591c14040be79dc6fd7030c710faccb3dc514dc25b28d0','0b886b6bbf5ce4a97d35d9cda8cf9cc05d1879ba142f73e87e42c9a0620c2b1d');
INSERT INTO "audit_event" VALUES(10,'2026-01-05T10:04:00.000000Z','sam','resend-invite','MRN-1','link-sent','S-sam','C-54383DE75F1F','basic','cannot get in','{"attested": [], "caller": "patient", "credential": "0d31c0d80a36199f60421a25", "ground": "check", "ground_id": "C-54383DE75F1F", "messages": ["697ecb680ebd0a715b3ca7e1"], "methods": ["birth-date", "phone", "postal-code"], "reference": "A2-91"}','0b886b6bbf5ce4a97d35d9cda8cf9cc05d1879ba142f73e87e42c9a0620c2b1d','2a471a8cbf0b76a2dbf0be2124a287ddeb49aea77499cffc6bb500908c5aa81e');
INSERT INTO "audit_event" VALUES(11,'2026-01-05T10:06:00.000000Z',NULL,'redeem','MRN-1','done','portal',NULL,NULL,'','{"credential": "0d31c0d80a36199f60421a25", "ground": "redemption", "ground_id": "0d31c0d80a36199f60421a25", "kind": "invitation", "messages": ["c6fb13f679eedafbb2c8fb74"], "reference": "A2-91"}','2a471a8cbf0b76a2dbf0be2124a287ddeb49aea77499cffc6bb500908c5aa81e','3e91a41b6f1d5699931a9e35412e3662eb8aa178080b42b9cea623c98be91749');
INSERT INTO "audit_event" VALUES(12,'2026-01-05T10:08:00.000000Z','sam','verify-identity','MRN-2','passed','S-sam','C-98EB36DD7575','strong','cannot get in','{"attested": ["photo-id"], "by": null, "caller": "patient", "methods": ["birth-date: match", "phone: match", "photo-id: attested", "postal-code: match"], "new": true, "wrong": 0}','3e91a41b6f1d5699931a9e35412e3662eb8aa178080b42b9cea623c98be91749','3ae89ea46193fd5458522e8f4214c44f0cf066cdd0a26f5bffdbdbbfb062d90d');
INSERT INTO "audit_event" VALUES(13,'2026-01-05T10:09:00.000000Z','sam','update-contact','MRN-2','waiting','S-sam','C-98EB36DD7575','strong','cannot get in','{"attested": ["photo-id"], "caller": "patient", "credential": "f9776dfecb8f62d88d2e38e4", "ground": "check", "ground_id": "C-98EB36DD7575", "kind": "email", "messages": ["85a5fc5d7dfc37b0888de5d7", "c3491d42f214eb1ac24e23aa"], "methods": ["birth-date", "phone", "photo-id", "postal-code"], "reference": "W6-79", "request": "R-78EF2F"}','3ae89ea46193fd5458522e8f4214c44f0cf066cdd0a26f5bffdbdbbfb062d90d','57d214b61abc8ff30d723e4a8d09629dd7e0c2d1e2551b35b3f5f585c18f4637');
INSERT INTO "audit_event" VALUES(14,'2026-01-05T10:10:00.000000Z','sam','verify-identity','MRN-1','passed','S-sam','C-146814AF3907','strong','cannot get in','{"attested": ["photo-id"], "by": null, "caller": "patient", "methods": ["birth-date: match", "phone: match", "photo-id: attested", "postal-code: match"], "new": true, "wrong": 0}','57d214b61abc8ff30d723e4a8d09629dd7e0c2d1e2551b35b3f5f585c18f4637','fafe66fef64fb664f588b95cdeaf09353471d10476091898f11802d72d6d5b07');
INSERT INTO "audit_event" VALUES(15,'2026-01-05T10:11:00.000000Z','sam','send-reset','MRN-1','link-sent','S-sam','C-146814AF3907','strong','cannot get in','{"attested": ["photo-id"], "caller": "patient", "credential": "39aba58e1fd08396aa0cd342", "ground": "check", "ground_id": "C-146814AF3907", "messages": ["aaff6721df95c82d02e00da2"], "methods": ["birth-date", "phone", "photo-id", "postal-code"], "reference": "K8-19"}','fafe66fef64fb664f588b95cdeaf09353471d10476091898f11802d72d6d5b07','6960994bc6695b3b89189788b31de5e61dbef6ad6b9ba43bfc5ce51b8da445c1');
INSERT INTO "audit_event" VALUES(16,'2026-01-05T10:12:00.000000Z','sam','disable','MRN-3','refused','S-sam',NULL,NULL,'','{"code": "check-required"}','6960994bc6695b3b89189788b31de5e61dbef6ad6b9ba43bfc5ce51b8da445c1','c2312a2ed1ea42265c34a7b466bcdfc43b082e246f113147e2b4f02d639c9d64');
CREATE TABLE audit_head (
	id INTEGER NOT NULL, 
	seq INTEGER NOT NULL, 
	at VARCHAR(27) NOT NULL, 
	hash VARCHAR NOT NULL, 
	PRIMARY KEY (id)
);
INSERT INTO "audit_head" VALUES(1,16,'2026-01-05T10:12:00.000000Z','c2312a2ed1ea42265c34a7b466bcdfc43b082e246f113147e2b4f02d639c9d64');
CREATE TABLE audit_seal (
	row_key VARCHAR NOT NULL, 
	seq INTEGER NOT NULL, 
	seal VARCHAR NOT NULL, 
	PRIMARY KEY (row_key, seq)
)
 WITHOUT ROWID

;
INSERT INTO "audit_seal" VALUES('settings:1',1,'4b909dff83d22c09abed6a3a3c4d6f7020f596d978aa6fad4a2229f2eded9fa0');
INSERT INTO "audit_seal" VALUES('staff_member:rosa',1,'4b9ecc4af9372f844dfc555b17ceb8346c95c0315c3db72231cce253bb4a0fc9');
INSERT INTO "audit_seal" VALUES('contact_point:email-1',2,'fd09aa89bb310febabe8fae140818a63138d1e088b79941190e7977679c25029');
INSERT INTO "audit_seal" VALUES('contact_point:phone-1',2,'fc57e5bfe6bf4f9d96af4e19ac5316d3411857ce4c1557f454bc593b423c7991');
INSERT INTO "audit_seal" VALUES('patient:MRN-1',2,'ac83ff0a19dd2f1c937cc3e74b39a835ebb12da0ae8aaa4fc7ad85c15cc5c43b');
INSERT INTO "audit_seal" VALUES('portal_account:MRN-1',2,'7508057e2143cafc258cfe1af1aabebc664786a74a618ca1209912b205efc4a7');
INSERT INTO "audit_seal" VALUES('contact_point:email-2',3,'edf35098e2fd3d7174984a08df51bfa482dafeb136d77e58f99861c241c86d38');
INSERT INTO "audit_seal" VALUES('contact_point:phone-2',3,'27c35d643a574684edb03dc6f71f28a9e610bb7d717db09c840d5b28c33453f6');
INSERT INTO "audit_seal" VALUES('patient:MRN-2',3,'2e4eb432b5abcd1f6586010ace56536fbb3181f6a03b629948af83c1e5e51964');
INSERT INTO "audit_seal" VALUES('portal_account:MRN-2',3,'8b4cea8b3c769521c9e5202d3f013213414e5f6f45d311c5320c5dec633bd201');
INSERT INTO "audit_seal" VALUES('contact_point:email-3',4,'19961c209d7bf735f5405a16642f7110734d23ce5ac33b0164ae9c87a1f9319e');
INSERT INTO "audit_seal" VALUES('contact_point:phone-3',4,'c952be731f190b1ddeb0c260c1f0ee3d605551cb751c3b9d81b478c6448c402b');
INSERT INTO "audit_seal" VALUES('patient:MRN-3',4,'c987b85e21f679f8b9dfcf1e36898fa55d6c9d706624cff0b4fb72f08d567693');
INSERT INTO "audit_seal" VALUES('portal_account:MRN-3',4,'756a483f1fc6267a87c58d654daad606211fd4cbd33785a2de0338b5f0397657');
INSERT INTO "audit_seal" VALUES('contact_point:email-4',5,'04335da3191f7fc72bf2294fc0ee615152cb95c75707d9d9345e15fb6dba85fa');
INSERT INTO "audit_seal" VALUES('contact_point:phone-4',5,'c88efa97ca1bda6781393892f37e41e1ea244f210c3cecd7027050458e78cc3a');
INSERT INTO "audit_seal" VALUES('patient:MRN-4',5,'3d5f8a5757b661814ee8274287b97b56abe257eda35ab1f3fe5481da383f7a0b');
INSERT INTO "audit_seal" VALUES('portal_account:MRN-4',5,'67f4885b78a86527475da22fffbad7f3888da4ffc61099f65ac584c777a0e1b8');
INSERT INTO "audit_seal" VALUES('contact_point:email-5',6,'03cb2cc373d417fa1db6ae41c8e7f5072c9cfd639c2798f978c9903bc1ecfbf9');
INSERT INTO "audit_seal" VALUES('contact_point:phone-5',6,'8ab122cc1c36837c3621bcfa1be028201d3a83f5f227b26e333ff594ba312c7f');
INSERT INTO "audit_seal" VALUES('patient:MRN-5',6,'fd842d084905fc7340f946dd10a7729d63cda408d3b7b29aef596bd5d6c38cc6');
INSERT INTO "audit_seal" VALUES('portal_account:MRN-5',6,'468204faf78e587241d24503a5999d684fc270510d31d98c0cda49e9e8982639');
INSERT INTO "audit_seal" VALUES('staff_session:S-40a0e1af9a',7,'8bc055159817a752729e5408405490f4bbd91586ef7893cf082919f9e72ad6ce');
INSERT INTO "audit_seal" VALUES('staff_member:sam',8,'41e20f54b677d34ab2ffb4d67e190c055998a457503ae2e948329571f45e74d5');
INSERT INTO "audit_seal" VALUES('staff_token:T-FA3A9042',8,'aadd61292748c541cdc6b629aa339c01369354059c6ad18ca2f3c494c22f7394');
INSERT INTO "audit_seal" VALUES('identity_check:C-54383DE75F1F',9,'87459d99b724c9bacdf5058ffeffc6895635dff33f8270af1feefbbafed63f79');
INSERT INTO "audit_seal" VALUES('outbox_message:697ecb680ebd0a715b3ca7e1',10,'6c408f95bdce91ea49018757dd0254aac2b1172c5d189ab5c304c76139a2b4b6');
INSERT INTO "audit_seal" VALUES('permit:c01a2bff2b304252',10,'fa60c718c087e4d3162e4556cbeb7b6082e62524da75f9a8f6d93b63e4ddb9ea');
INSERT INTO "audit_seal" VALUES('recovery_credential:0d31c0d80a36199f60421a25',10,'0ac15a37afe494a5891f8ceff1280690a9615624cb17e8c94ffc90984d86dc44');
INSERT INTO "audit_seal" VALUES('outbox_message:c6fb13f679eedafbb2c8fb74',11,'dbdfc3152730282431b1f47c92eb0b439c1194334edd0b7d36bccfe030588b40');
INSERT INTO "audit_seal" VALUES('password_history:14cea6c1c8bda0be',11,'103cacb32a8671a10af4524d8e78927a669b30c3526746bdf72cb3204dc82840');
INSERT INTO "audit_seal" VALUES('permit:78aef11139ce714c',11,'278f5e201e7ebae26ba86144a42adbbb516edc35187646d3f48ab09ff1e65cd4');
INSERT INTO "audit_seal" VALUES('portal_account:MRN-1',11,'398edd7d48ad9364ba0a7589a42ac850e58a8d34063fb3089724f8818aed2ad5');
INSERT INTO "audit_seal" VALUES('recovery_credential:0d31c0d80a36199f60421a25',11,'5535dfa3497ef241bb25f381f28f10c2cb3128c4fe8d13188b352d33df5ac9cc');
INSERT INTO "audit_seal" VALUES('identity_check:C-54383DE75F1F',12,'3c7dc23b246ff5732442b266bca40151e5bc1ca6f6591d1ce27053f55884e71e');
INSERT INTO "audit_seal" VALUES('identity_check:C-98EB36DD7575',12,'ead52a3d1f4e0acf85572bb2876464a1d3eed7146fcc7a09c415b523a1a9c6d6');
INSERT INTO "audit_seal" VALUES('change_request:R-78EF2F',13,'0f9321cf234252ef8e9c8e7e495253fe38b1dff723367276c1863a5ab09d8cc2');
INSERT INTO "audit_seal" VALUES('outbox_message:85a5fc5d7dfc37b0888de5d7',13,'18d5483ecc9246f1761d67bba1f134f6a6ee6f490aba926489369b060d211196');
INSERT INTO "audit_seal" VALUES('outbox_message:c3491d42f214eb1ac24e23aa',13,'f2c4db7ba5a1c20fa86403fa8e8531d54b808caa21a18d18461aff8bc2aadba3');
INSERT INTO "audit_seal" VALUES('permit:a4b81ea3383f6f3b',13,'209078b11aed3ff9b1894028dae4a83a625e0a8aa5c95692d50be2d64b042eb5');
INSERT INTO "audit_seal" VALUES('recovery_credential:5e5748aa8bc8df815c901ebe',13,'10b35010451b6cbb9f7ca6013f8a35012f9191ec1d73c345dfb5bef4af27b761');
INSERT INTO "audit_seal" VALUES('recovery_credential:a30c20632b03780721381f01',13,'6632d4d5cec7f248cd5a690cbee624e84a7ee6b2a044cbbf88bb465f2d678ae7');
INSERT INTO "audit_seal" VALUES('recovery_credential:f9776dfecb8f62d88d2e38e4',13,'92a03fa4fff8f1937844f3a687aab2335a5dd2af17f7f6a8c3e053fb59055dc9');
INSERT INTO "audit_seal" VALUES('identity_check:C-146814AF3907',14,'4f35218c5f6082004557907a12e5e75eb500b18e42cda60997728d9ea56fd00d');
INSERT INTO "audit_seal" VALUES('identity_check:C-98EB36DD7575',14,'c46adf4a3f8bc16752c72f20632ac59f92a92399601c7f328141a42535302d6c');
INSERT INTO "audit_seal" VALUES('outbox_message:aaff6721df95c82d02e00da2',15,'892da5c105a3449829decae462e0fc7495b9f9bf3197aa1a0479114d4260f872');
INSERT INTO "audit_seal" VALUES('permit:51a154d88fe37c8e',15,'634bb1f439a573514920008e46c37bd3c0737c6c813b0b4874f3ed05a1748458');
INSERT INTO "audit_seal" VALUES('recovery_credential:39aba58e1fd08396aa0cd342',15,'c691e62de77dd0cda6e019751bb058892d0bb2bcbe42891834dcdee66779d415');
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
INSERT INTO "change_request" VALUES(13,'0f9321cf234252ef8e9c8e7e495253fe38b1dff723367276c1863a5ab09d8cc2','R-78EF2F','MRN-2','email','new2@example.org','awaiting-confirmation','C-98EB36DD7575','a4b81ea3383f6f3b','sam','2026-01-05T10:09:00.000000Z','2026-01-12T10:09:00.000000Z',1,1,NULL,'','2026-01-05T10:09:00.000000Z',NULL,NULL,NULL,'',NULL);
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
INSERT INTO "contact_point" VALUES(2,'fd09aa89bb310febabe8fae140818a63138d1e088b79941190e7977679c25029','email-1','MRN-1','email','zoe1@example.org','zoe1@example.org','record','2025-10-21T10:00:00.000000Z','2025-10-21T10:00:00.000000Z','2025-10-21T10:00:00.000000Z','record',NULL,0,0,1,NULL);
INSERT INTO "contact_point" VALUES(2,'fc57e5bfe6bf4f9d96af4e19ac5316d3411857ce4c1557f454bc593b423c7991','phone-1','MRN-1','phone','+15559078526','+15559078526','record','2025-10-21T10:00:00.000000Z','2025-10-21T10:00:00.000000Z','2025-10-21T10:00:00.000000Z','record',NULL,0,0,1,NULL);
INSERT INTO "contact_point" VALUES(3,'edf35098e2fd3d7174984a08df51bfa482dafeb136d77e58f99861c241c86d38','email-2','MRN-2','email','zoe2@example.org','zoe2@example.org','record','2025-10-21T10:00:00.000000Z','2025-10-21T10:00:00.000000Z','2025-10-21T10:00:00.000000Z','record',NULL,0,0,1,NULL);
INSERT INTO "contact_point" VALUES(3,'27c35d643a574684edb03dc6f71f28a9e610bb7d717db09c840d5b28c33453f6','phone-2','MRN-2','phone','+15559078526','+15559078526','record','2025-10-21T10:00:00.000000Z','2025-10-21T10:00:00.000000Z','2025-10-21T10:00:00.000000Z','record',NULL,0,0,1,NULL);
INSERT INTO "contact_point" VALUES(4,'19961c209d7bf735f5405a16642f7110734d23ce5ac33b0164ae9c87a1f9319e','email-3','MRN-3','email','zoe3@example.org','zoe3@example.org','record','2025-10-21T10:00:00.000000Z','2025-10-21T10:00:00.000000Z','2025-10-21T10:00:00.000000Z','record',NULL,0,0,1,NULL);
INSERT INTO "contact_point" VALUES(4,'c952be731f190b1ddeb0c260c1f0ee3d605551cb751c3b9d81b478c6448c402b','phone-3','MRN-3','phone','+15559078526','+15559078526','record','2025-10-21T10:00:00.000000Z','2025-10-21T10:00:00.000000Z','2025-10-21T10:00:00.000000Z','record',NULL,0,0,1,NULL);
INSERT INTO "contact_point" VALUES(5,'04335da3191f7fc72bf2294fc0ee615152cb95c75707d9d9345e15fb6dba85fa','email-4','MRN-4','email','zoe4@example.org','zoe4@example.org','record','2025-10-21T10:00:00.000000Z','2025-10-21T10:00:00.000000Z','2025-10-21T10:00:00.000000Z','record',NULL,0,0,1,NULL);
INSERT INTO "contact_point" VALUES(5,'c88efa97ca1bda6781393892f37e41e1ea244f210c3cecd7027050458e78cc3a','phone-4','MRN-4','phone','+15559078526','+15559078526','record','2025-10-21T10:00:00.000000Z','2025-10-21T10:00:00.000000Z','2025-10-21T10:00:00.000000Z','record',NULL,0,0,1,NULL);
INSERT INTO "contact_point" VALUES(6,'03cb2cc373d417fa1db6ae41c8e7f5072c9cfd639c2798f978c9903bc1ecfbf9','email-5','MRN-5','email','zoe5@example.org','zoe5@example.org','record','2025-10-21T10:00:00.000000Z','2025-10-21T10:00:00.000000Z','2025-10-21T10:00:00.000000Z','record',NULL,0,0,1,NULL);
INSERT INTO "contact_point" VALUES(6,'8ab122cc1c36837c3621bcfa1be028201d3a83f5f227b26e333ff594ba312c7f','phone-5','MRN-5','phone','+15559078526','+15559078526','record','2025-10-21T10:00:00.000000Z','2025-10-21T10:00:00.000000Z','2025-10-21T10:00:00.000000Z','record',NULL,0,0,1,NULL);
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
INSERT INTO "identity_check" VALUES(12,'3c7dc23b246ff5732442b266bca40151e5bc1ca6f6591d1ce27053f55884e71e','C-54383DE75F1F','MRN-1','sam','S-sam','patient','cannot get in','passed','basic','[{"method": "birth-date", "outcome": "match"}, {"method": "postal-code", "outcome": "match"}, {"method": "phone", "outcome": "match"}]',0,'["phone", "email", "last-visit", "birth-date", "postal-code"]','[]',NULL,'2026-01-05T10:03:00.000000Z','2026-01-05T10:18:00.000000Z','2026-01-05T10:08:00.000000Z','next check',NULL,NULL,NULL,NULL,NULL,NULL);
INSERT INTO "identity_check" VALUES(14,'c46adf4a3f8bc16752c72f20632ac59f92a92399601c7f328141a42535302d6c','C-98EB36DD7575','MRN-2','sam','S-sam','patient','cannot get in','passed','strong','[{"method": "birth-date", "outcome": "match"}, {"method": "postal-code", "outcome": "match"}, {"method": "phone", "outcome": "match"}, {"method": "photo-id", "outcome": "attested", "note": "driver licence"}]',0,'["phone", "email", "last-visit", "birth-date", "postal-code"]','[]',NULL,'2026-01-05T10:08:00.000000Z','2026-01-05T10:23:00.000000Z','2026-01-05T10:10:00.000000Z','next check',NULL,NULL,NULL,NULL,NULL,NULL);
INSERT INTO "identity_check" VALUES(14,'4f35218c5f6082004557907a12e5e75eb500b18e42cda60997728d9ea56fd00d','C-146814AF3907','MRN-1','sam','S-sam','patient','cannot get in','passed','strong','[{"method": "birth-date", "outcome": "match"}, {"method": "postal-code", "outcome": "match"}, {"method": "phone", "outcome": "match"}, {"method": "photo-id", "outcome": "attested", "note": "passport"}]',0,'["phone", "email", "last-visit", "birth-date", "postal-code"]','[]',NULL,'2026-01-05T10:10:00.000000Z','2026-01-05T10:25:00.000000Z',NULL,'',NULL,NULL,NULL,NULL,NULL,NULL);
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
	last_error VARCHAR NOT NULL, 
	PRIMARY KEY (id)
);
INSERT INTO "outbox_message" VALUES(10,'6c408f95bdce91ea49018757dd0254aac2b1172c5d189ab5c304c76139a2b4b6','697ecb680ebd0a715b3ca7e1','invitation','MRN-1','zoe1@example.org','0d31c0d80a36199f60421a25','c01a2bff2b304252','{}','2026-01-05T10:04:00.000000Z',NULL,'',0,NULL,'','');
INSERT INTO "outbox_message" VALUES(11,'dbdfc3152730282431b1f47c92eb0b439c1194334edd0b7d36bccfe030588b40','c6fb13f679eedafbb2c8fb74','changed','MRN-1','zoe1@example.org',NULL,'78aef11139ce714c','{"what": "activated", "at_desk": false}','2026-01-05T10:06:00.000000Z',NULL,'',0,NULL,'','');
INSERT INTO "outbox_message" VALUES(13,'18d5483ecc9246f1761d67bba1f134f6a6ee6f490aba926489369b060d211196','85a5fc5d7dfc37b0888de5d7','confirm-code','MRN-2','new2@example.org','f9776dfecb8f62d88d2e38e4','a4b81ea3383f6f3b','{"kind": "email", "link": "a30c20632b03780721381f01"}','2026-01-05T10:09:00.000000Z',NULL,'',0,NULL,'','');
INSERT INTO "outbox_message" VALUES(13,'f2c4db7ba5a1c20fa86403fa8e8531d54b808caa21a18d18461aff8bc2aadba3','c3491d42f214eb1ac24e23aa','contact-changing','MRN-2','zoe2@example.org','5e5748aa8bc8df815c901ebe','a4b81ea3383f6f3b','{"kind": "email"}','2026-01-05T10:09:00.000000Z',NULL,'',0,NULL,'','');
INSERT INTO "outbox_message" VALUES(15,'892da5c105a3449829decae462e0fc7495b9f9bf3197aa1a0479114d4260f872','aaff6721df95c82d02e00da2','reset','MRN-1','zoe1@example.org','39aba58e1fd08396aa0cd342','51a154d88fe37c8e','{}','2026-01-05T10:11:00.000000Z',NULL,'',0,NULL,'','');
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
INSERT INTO "password_history" VALUES(11,'103cacb32a8671a10af4524d8e78927a669b30c3526746bdf72cb3204dc82840','14cea6c1c8bda0be','MRN-1','p1$$2b$12$LQpsnBheGpsYDEbw0Gv9uOpT2bYm7sQJ5AJdSCuLtMTlJqQ735fB6','2026-01-05T10:06:00.000000Z');
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
INSERT INTO "patient" VALUES(2,'ac83ff0a19dd2f1c937cc3e74b39a835ebb12da0ae8aaa4fc7ad85c15cc5c43b','MRN-1','Zoë','Reynolds1','[]','1952-07-15','unknown','','','67124','',NULL,'active',NULL,'2025-10-21T10:00:00.000000Z','2025-10-21T10:00:00.000000Z','2025-10-21T10:00:00.000000Z',NULL);
INSERT INTO "patient" VALUES(3,'2e4eb432b5abcd1f6586010ace56536fbb3181f6a03b629948af83c1e5e51964','MRN-2','Zoë','Reynolds2','[]','1952-07-15','unknown','','','67124','',NULL,'active',NULL,'2025-10-21T10:00:00.000000Z','2025-10-21T10:00:00.000000Z','2025-10-21T10:00:00.000000Z',NULL);
INSERT INTO "patient" VALUES(4,'c987b85e21f679f8b9dfcf1e36898fa55d6c9d706624cff0b4fb72f08d567693','MRN-3','Zoë','Reynolds3','[]','1952-07-15','unknown','','','67124','',NULL,'active',NULL,'2025-10-21T10:00:00.000000Z','2025-10-21T10:00:00.000000Z','2025-10-21T10:00:00.000000Z',NULL);
INSERT INTO "patient" VALUES(5,'3d5f8a5757b661814ee8274287b97b56abe257eda35ab1f3fe5481da383f7a0b','MRN-4','Zoë','Reynolds4','[]','1952-07-15','unknown','','','67124','',NULL,'active',NULL,'2025-10-21T10:00:00.000000Z','2025-10-21T10:00:00.000000Z','2025-10-21T10:00:00.000000Z',NULL);
INSERT INTO "patient" VALUES(6,'fd842d084905fc7340f946dd10a7729d63cda408d3b7b29aef596bd5d6c38cc6','MRN-5','Zoë','Reynolds5','[]','1952-07-15','unknown','','','67124','',NULL,'active',NULL,'2025-10-21T10:00:00.000000Z','2025-10-21T10:00:00.000000Z','2025-10-21T10:00:00.000000Z',NULL);
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
INSERT INTO "permit" VALUES(10,'fa60c718c087e4d3162e4556cbeb7b6082e62524da75f9a8f6d93b63e4ddb9ea','c01a2bff2b304252','MRN-1','resend-invite','check','C-54383DE75F1F','basic','sam','2026-01-05T10:04:00.000000Z',10);
INSERT INTO "permit" VALUES(11,'278f5e201e7ebae26ba86144a42adbbb516edc35187646d3f48ab09ff1e65cd4','78aef11139ce714c','MRN-1','redeem','redemption','0d31c0d80a36199f60421a25','none',NULL,'2026-01-05T10:06:00.000000Z',11);
INSERT INTO "permit" VALUES(13,'209078b11aed3ff9b1894028dae4a83a625e0a8aa5c95692d50be2d64b042eb5','a4b81ea3383f6f3b','MRN-2','update-contact','check','C-98EB36DD7575','strong','sam','2026-01-05T10:09:00.000000Z',13);
INSERT INTO "permit" VALUES(15,'634bb1f439a573514920008e46c37bd3c0737c6c813b0b4874f3ed05a1748458','51a154d88fe37c8e','MRN-1','send-reset','check','C-146814AF3907','strong','sam','2026-01-05T10:11:00.000000Z',15);
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
INSERT INTO "portal_account" VALUES(11,'398edd7d48ad9364ba0a7589a42ac850e58a8d34063fb3089724f8818aed2ad5','MRN-1','zoe.one','zoe1@example.org','+15559078526','p1$$2b$12$LQpsnBheGpsYDEbw0Gv9uOpT2bYm7sQJ5AJdSCuLtMTlJqQ735fB6','active',0,NULL,0,'2026-01-05T10:06:00.000000Z',NULL,'78aef11139ce714c');
INSERT INTO "portal_account" VALUES(3,'8b4cea8b3c769521c9e5202d3f013213414e5f6f45d311c5320c5dec633bd201','MRN-2',NULL,'zoe2@example.org','+15559078526',NULL,'new',0,NULL,0,NULL,NULL,NULL);
INSERT INTO "portal_account" VALUES(4,'756a483f1fc6267a87c58d654daad606211fd4cbd33785a2de0338b5f0397657','MRN-3',NULL,'zoe3@example.org','+15559078526',NULL,'new',0,NULL,0,NULL,NULL,NULL);
INSERT INTO "portal_account" VALUES(5,'67f4885b78a86527475da22fffbad7f3888da4ffc61099f65ac584c777a0e1b8','MRN-4',NULL,'zoe4@example.org','+15559078526',NULL,'new',0,NULL,0,NULL,NULL,NULL);
INSERT INTO "portal_account" VALUES(6,'468204faf78e587241d24503a5999d684fc270510d31d98c0cda49e9e8982639','MRN-5',NULL,'zoe5@example.org','+15559078526',NULL,'new',0,NULL,0,NULL,NULL,NULL);
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
INSERT INTO "recovery_credential" VALUES(11,'5535dfa3497ef241bb25f381f28f10c2cb3128c4fe8d13188b352d33df5ac9cc','0d31c0d80a36199f60421a25','invitation','MRN-1','A2-91','d8983f03c3c858c901319403d4a884279a74ddec445fdf080a4fee4d6c4bea19','2026-01-05T10:04:00.000000Z','2026-01-06T10:04:00.000000Z','669a67f0964fe95ba0a2fbbdb144c4a08194a43dd8455760238996ed6adf9e61','zoe1@example.org','C-54383DE75F1F',NULL,'c01a2bff2b304252',NULL,0,NULL,'2026-01-05T10:06:00.000000Z',NULL,NULL);
INSERT INTO "recovery_credential" VALUES(13,'92a03fa4fff8f1937844f3a687aab2335a5dd2af17f7f6a8c3e053fb59055dc9','f9776dfecb8f62d88d2e38e4','confirm-code','MRN-2','W6-79','p1$$2b$10$omJRrgJ5ezWmsVih/d4nxuvNcq1FJXvZWMB9crCS/Opx7RYeveyhO','2026-01-05T10:09:00.000000Z','2026-01-05T10:19:00.000000Z','R-78EF2F','new2@example.org',NULL,'R-78EF2F','a4b81ea3383f6f3b',NULL,0,NULL,NULL,NULL,NULL);
INSERT INTO "recovery_credential" VALUES(13,'6632d4d5cec7f248cd5a690cbee624e84a7ee6b2a044cbbf88bb465f2d678ae7','a30c20632b03780721381f01','confirm-link','MRN-2','F1-39','801b673573340ae3dbc0ce569b7a6451a0186783fa9054a7f69bcdc2515ee619','2026-01-05T10:09:00.000000Z','2026-01-06T10:09:00.000000Z','a28796e13a6fed3aaab40902789fff838a44fdee0533c5a984a32adeafa6ad60','new2@example.org',NULL,'R-78EF2F','a4b81ea3383f6f3b',NULL,0,NULL,NULL,NULL,NULL);
INSERT INTO "recovery_credential" VALUES(13,'10b35010451b6cbb9f7ca6013f8a35012f9191ec1d73c345dfb5bef4af27b761','5e5748aa8bc8df815c901ebe','object-link','MRN-2','E8-57','2d7de67e12c8ce8d61f3e752adbc6cd13d6beda042ded7ee68dd5b0ea90db15d','2026-01-05T10:09:00.000000Z','2026-01-12T10:09:00.000000Z','a28796e13a6fed3aaab40902789fff838a44fdee0533c5a984a32adeafa6ad60','zoe2@example.org',NULL,'R-78EF2F','a4b81ea3383f6f3b',NULL,0,NULL,NULL,NULL,NULL);
INSERT INTO "recovery_credential" VALUES(15,'c691e62de77dd0cda6e019751bb058892d0bb2bcbe42891834dcdee66779d415','39aba58e1fd08396aa0cd342','reset','MRN-1','K8-19','eac387886281d74f53ecd6555f18a5269bb94a9c1d7bea7733630cfd980716e2','2026-01-05T10:11:00.000000Z','2026-01-05T11:11:00.000000Z','447b6285692428218f1193e2c48b11745b7bd7c6e1338092f16edd5e4720f5a8','zoe1@example.org','C-146814AF3907',NULL,'51a154d88fe37c8e',NULL,0,NULL,NULL,NULL,NULL);
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
INSERT INTO "settings" VALUES(1,'4b909dff83d22c09abed6a3a3c4d6f7020f596d978aa6fad4a2229f2eded9fa0',1,'769b3559d29e','2026-01-05T10:00:00.000000Z','{}',NULL);
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
INSERT INTO "staff_member" VALUES(1,'4b9ecc4af9372f844dfc555b17ceb8346c95c0315c3db72231cce253bb4a0fc9','rosa','admin','active','p1$$2b$12$L3SqevyvhJyrIcBt0EzgoeU6j5xBMv0A480UYHNJe0lYMuLJcRpQm',0,0,NULL,'rosa','2026-01-05T10:00:00.000000Z',NULL,'[]');
INSERT INTO "staff_member" VALUES(8,'41e20f54b677d34ab2ffb4d67e190c055998a457503ae2e948329571f45e74d5','sam','front-desk','active','p1$$2b$12$d/HN3Wro86SKj7yPC5DhtuFdHIfTBMjuZUiil3OjceE3XVpR8yTOS',1,0,NULL,'rosa','2026-01-05T10:02:00.000000Z',NULL,'[]');
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
INSERT INTO "staff_session" VALUES(7,'8bc055159817a752729e5408405490f4bbd91586ef7893cf082919f9e72ad6ce','S-40a0e1af9a','rosa','0','de2603d5e808a4873d388df8dd86897d15c8b349d25b6d1fd4964383a994a8bb','2026-01-05T10:01:00.000000Z',NULL,'');
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
INSERT INTO "staff_token" VALUES(8,'aadd61292748c541cdc6b629aa339c01369354059c6ad18ca2f3c494c22f7394','T-FA3A9042','sam','9f16234168b46bb9e28f94950c153fb9de2afcad2ff15c11935e5e460676fe12','rosa','2026-01-05T10:02:00.000000Z','2026-04-05T10:02:00.000000Z','[]',NULL);
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
CREATE INDEX ix_contact_point_key ON contact_point ("key");
CREATE INDEX ix_contact_point_mrn ON contact_point (mrn);
CREATE INDEX ix_outbox_message_to_address ON outbox_message (to_address);
CREATE INDEX ix_outbox_message_sent_at ON outbox_message (sent_at);
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
CREATE TRIGGER outbox_message_update_in_record BEFORE UPDATE OF changed_seq, id, kind, mrn, to_address, credential_id, permit_id, variables, created_at, sent_at, dropped_why, seal ON outbox_message FOR EACH ROW WHEN NEW.id IS NOT OLD.id OR NEW.changed_seq IS OLD.changed_seq OR NOT EXISTS (SELECT 1 FROM audit_seal s WHERE s.row_key = 'outbox_message:' || NEW.id AND s.seq = NEW.changed_seq AND s.seal = NEW.seal AND s.seq <= (SELECT seq FROM audit_head) AND NOT EXISTS (SELECT 1 FROM audit_seal n WHERE n.row_key = s.row_key AND n.seq > s.seq)) BEGIN SELECT RAISE(ABORT, 'portaldesk: outbox_message: no event of the record carries this change'); END;
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
CREATE TRIGGER permit_has_ground BEFORE INSERT ON permit FOR EACH ROW WHEN NEW.spent_seq IS NOT NULL OR NEW.changed_seq IS NOT (SELECT seq FROM audit_head) OR NEW.issued_at < (SELECT at FROM audit_head) OR NOT ((NEW.ground = 'check' AND NEW.action IN ('change-username', 'contacts mark', 'contacts mark --usable', 'credentials revoke', 'decline', 'disable', 'enable', 'issue-temp-login', 'proxy grant', 'proxy revoke', 'recover-username', 'resend-invite', 'resend-invite --letter', 'secure-account', 'send-reset', 'unlock', 'update-contact') AND EXISTS (SELECT 1 FROM identity_check c WHERE c.id = NEW.ground_id AND (((c.caller = 'proxy' AND c.account = NEW.mrn AND EXISTS (SELECT 1 FROM proxy x WHERE x.person = c.account AND x.mrn = c.patient AND x.ended_at IS NULL AND (x.ends_at IS NULL OR x.ends_at > NEW.issued_at))) OR (c.caller <> 'proxy' AND c.account IS NULL AND c.patient = NEW.mrn)) OR (NEW.action IN ('disable') AND c.level = 'strong' AND c.outcome = 'passed' AND c.caller = 'patient' AND EXISTS (SELECT 1 FROM duplicate_verdict v WHERE v.verdict = 'same' AND v.survivor = c.patient AND ((v.a = c.patient AND v.b = NEW.mrn) OR (v.b = c.patient AND v.a = NEW.mrn)) AND NOT EXISTS (SELECT 1 FROM duplicate_verdict n WHERE n.a = v.a AND n.b = v.b AND n.id <> v.id AND n.at >= v.at AND (n.verdict <> 'same' OR n.survivor IS NOT v.survivor))))) AND ((c.caller = 'patient' AND NEW.action IN ('change-username', 'contacts mark', 'contacts mark --usable', 'credentials revoke', 'decline', 'disable', 'enable', 'issue-temp-login', 'proxy grant', 'proxy revoke', 'recover-username', 'resend-invite', 'resend-invite --letter', 'secure-account', 'send-reset', 'unlock', 'update-contact')) OR (c.caller = 'proxy' AND NEW.action IN ('change-username', 'credentials revoke', 'issue-temp-login', 'recover-username', 'resend-invite', 'secure-account', 'send-reset', 'unlock')) OR (c.caller = 'representative' AND NEW.action IN ('proxy grant'))) AND c.staff = NEW.staff AND c.level = NEW.level AND c.ended_at IS NULL AND c.expires_at > NEW.issued_at AND (c.outcome = 'passed' OR (c.outcome = 'held' AND NEW.action IN ('secure-account')) OR (NEW.action IN ('resend-invite --letter') AND c.outcome = 'pending' AND c.all_there_is = 1 AND c.evidence LIKE '%"birth-date", "outcome": "match"%' AND c.evidence LIKE '%"postal-code", "outcome": "match"%')) AND (c.level IN ('basic', 'strong') OR (NEW.action IN ('resend-invite --letter') AND c.outcome = 'pending' AND c.all_there_is = 1 AND c.evidence LIKE '%"birth-date", "outcome": "match"%' AND c.evidence LIKE '%"postal-code", "outcome": "match"%')) AND (c.level = 'strong' OR NEW.action NOT IN ('change-username', 'contacts mark --usable', 'disable', 'enable', 'issue-temp-login', 'proxy grant', 'proxy revoke', 'update-contact')) AND NOT (NEW.action IN ('contacts mark --usable', 'enable', 'proxy grant', 'proxy revoke', 'update-contact') AND c.evidence LIKE '%"code-email", "outcome": "match"%' AND c.evidence NOT LIKE '%"photo-id"%' AND c.evidence NOT LIKE '%"callback", "outcome": "attested"%' AND c.evidence NOT LIKE '%"code-phone", "outcome": "match"%')) AND (SELECT count(*) FROM permit q WHERE q.ground = 'check' AND q.ground_id = NEW.ground_id AND q.action = NEW.action) < CASE NEW.action WHEN 'resend-invite' THEN 3 WHEN 'resend-invite --letter' THEN 3 WHEN 'send-reset' THEN 3 WHEN 'recover-username' THEN 3 WHEN 'update-contact' THEN 3 WHEN 'contacts mark' THEN 3 WHEN 'contacts mark --usable' THEN 3 ELSE 1 END) OR (NEW.ground = 'approval' AND NEW.action IN ('apply-contact', 'apply-proxy') AND EXISTS (SELECT 1 FROM change_request r WHERE r.id = NEW.ground_id AND r.mrn = NEW.mrn AND r.state = 'effective' AND r.confirmed_at IS NOT NULL AND r.expires_at > NEW.issued_at AND ((NEW.action = 'apply-proxy' AND r.kind = 'proxy') OR (NEW.action = 'apply-contact' AND r.kind <> 'proxy')) AND r.decided_by IS NOT NULL AND r.decided_by = NEW.staff AND r.decided_by <> r.requested_by) AND NOT EXISTS (SELECT 1 FROM permit q WHERE q.ground IN ('approval', 'time') AND q.ground_id = NEW.ground_id)) OR (NEW.ground = 'time' AND NEW.action IN ('apply-contact', 'apply-proxy') AND EXISTS (SELECT 1 FROM change_request r WHERE r.id = NEW.ground_id AND r.mrn = NEW.mrn AND r.state = 'effective' AND r.confirmed_at IS NOT NULL AND r.expires_at > NEW.issued_at AND ((NEW.action = 'apply-proxy' AND r.kind = 'proxy') OR (NEW.action = 'apply-contact' AND r.kind <> 'proxy')) AND r.decided_by IS NULL AND r.rests_on_photo_id = 1 AND r.waits_until IS NOT NULL AND r.waits_until <= NEW.issued_at) AND NOT EXISTS (SELECT 1 FROM permit q WHERE q.ground IN ('approval', 'time') AND q.ground_id = NEW.ground_id)) OR (NEW.ground = 'redemption' AND NEW.action IN ('redeem', 'secure-account', 'unlock') AND EXISTS (SELECT 1 FROM recovery_credential k WHERE k.id = NEW.ground_id AND k.mrn = NEW.mrn AND k.redeemed_at = NEW.issued_at AND k.revoked_at IS NULL AND k.expires_at > NEW.issued_at AND ((NEW.action = 'redeem' AND k.kind IN ('invitation', 'letter', 'reset', 'temp-login')) OR (NEW.action = 'unlock' AND k.kind IN ('unlock-link')) OR (NEW.action = 'secure-account' AND k.kind IN ('object-link')))) AND NOT EXISTS (SELECT 1 FROM permit q WHERE q.ground = 'redemption' AND q.ground_id = NEW.ground_id)) OR (NEW.ground = 'sign-in' AND NEW.action IN ('change-password', 'sign-in') AND EXISTS (SELECT 1 FROM portal_account a WHERE a.mrn = NEW.mrn AND a.status = 'active' AND a.password_hash IS NOT NULL AND (a.locked_until IS NULL OR a.locked_until <= NEW.issued_at)) AND (NEW.mrn NOT LIKE 'proxy:%' OR EXISTS (SELECT 1 FROM proxy x WHERE x.person = NEW.mrn AND x.ended_at IS NULL AND (x.ends_at IS NULL OR x.ends_at > NEW.issued_at)))) OR (NEW.ground = 'import' AND NEW.action IN ('import-contact') AND EXISTS (SELECT 1 FROM portal_account a WHERE a.mrn = NEW.mrn AND a.status = 'new')) OR (NEW.ground = 'asked' AND NEW.action IN ('recover-username', 'resend-invite', 'send-reset') AND NEW.staff IS NULL) OR (NEW.ground = 'renewal' AND NEW.action IN ('renew') AND EXISTS (SELECT 1 FROM staff_member m WHERE m.name = NEW.staff AND m.role = 'admin' AND m.status = 'active'))) BEGIN SELECT RAISE(ABORT, 'portaldesk: a permit must rest on its ground'); END;
CREATE TRIGGER permit_spent_once BEFORE UPDATE ON permit FOR EACH ROW WHEN (NEW.id IS NOT OLD.id OR NEW.mrn IS NOT OLD.mrn OR NEW.action IS NOT OLD.action OR NEW.ground IS NOT OLD.ground OR NEW.ground_id IS NOT OLD.ground_id OR NEW.level IS NOT OLD.level OR NEW.staff IS NOT OLD.staff OR NEW.issued_at IS NOT OLD.issued_at OR NEW.changed_seq IS NOT OLD.changed_seq OR NEW.seal IS NOT OLD.seal OR OLD.spent_seq IS NOT NULL OR NEW.spent_seq IS NOT OLD.changed_seq OR NEW.spent_seq IS NOT (SELECT seq FROM audit_head)) AND ((OLD.spent_seq IS NOT NULL AND NEW.changed_seq = (SELECT seq FROM audit_head) AND NEW.changed_seq <> OLD.changed_seq AND NEW.spent_seq = NEW.changed_seq AND NOT (NEW.id IS NOT OLD.id OR NEW.mrn IS NOT OLD.mrn OR NEW.action IS NOT OLD.action OR NEW.ground IS NOT OLD.ground OR NEW.ground_id IS NOT OLD.ground_id OR NEW.level IS NOT OLD.level OR NEW.staff IS NOT OLD.staff OR NEW.issued_at IS NOT OLD.issued_at)) IS NOT 1) BEGIN SELECT RAISE(ABORT, 'portaldesk: a permit is spent once, with its event'); END;
CREATE TRIGGER portal_account_born_new BEFORE INSERT ON portal_account FOR EACH ROW WHEN NEW.status IS NOT 'new' OR NEW.password_hash IS NOT NULL OR NEW.permit_id IS NOT NULL OR NEW.must_change_password IS NOT 0 OR NEW.failed_attempts IS NOT 0 OR NEW.locked_until IS NOT NULL OR NEW.activated_at IS NOT NULL OR NOT (EXISTS (SELECT 1 FROM patient h WHERE h.mrn = NEW.mrn) OR EXISTS (SELECT 1 FROM proxy_person h WHERE h.mrn = NEW.mrn)) BEGIN SELECT RAISE(ABORT, 'portaldesk: an account is born new, without a password'); END;
CREATE TRIGGER portal_account_guarded BEFORE UPDATE ON portal_account FOR EACH ROW WHEN NEW.mrn IS NOT OLD.mrn OR (NOT (NEW.username IS NOT OLD.username OR NEW.email IS NOT OLD.email OR NEW.phone IS NOT OLD.phone OR NEW.password_hash IS NOT OLD.password_hash OR NEW.status IS NOT OLD.status OR NEW.must_change_password IS NOT OLD.must_change_password OR NEW.locked_until IS NOT OLD.locked_until OR NEW.failed_attempts IS NOT OLD.failed_attempts OR NEW.activated_at IS NOT OLD.activated_at OR NEW.contact_changed_at IS NOT OLD.contact_changed_at) AND NEW.permit_id IS NOT OLD.permit_id) OR ((NEW.username IS NOT OLD.username OR NEW.email IS NOT OLD.email OR NEW.phone IS NOT OLD.phone OR NEW.password_hash IS NOT OLD.password_hash OR NEW.status IS NOT OLD.status OR NEW.must_change_password IS NOT OLD.must_change_password OR NEW.locked_until IS NOT OLD.locked_until OR NEW.failed_attempts IS NOT OLD.failed_attempts OR NEW.activated_at IS NOT OLD.activated_at OR NEW.contact_changed_at IS NOT OLD.contact_changed_at) AND NOT (NEW.permit_id IS OLD.permit_id AND NEW.failed_attempts >= OLD.failed_attempts AND (NEW.locked_until IS OLD.locked_until OR (NEW.locked_until IS NOT NULL AND (OLD.locked_until IS NULL OR NEW.locked_until > OLD.locked_until))) AND NOT (NEW.username IS NOT OLD.username OR NEW.email IS NOT OLD.email OR NEW.phone IS NOT OLD.phone OR NEW.password_hash IS NOT OLD.password_hash OR NEW.status IS NOT OLD.status OR NEW.must_change_password IS NOT OLD.must_change_password OR NEW.activated_at IS NOT OLD.activated_at OR NEW.contact_changed_at IS NOT OLD.contact_changed_at)) AND NOT (NEW.permit_id IS NOT OLD.permit_id AND EXISTS (SELECT 1 FROM permit p WHERE p.id = NEW.permit_id AND p.mrn = NEW.mrn AND p.spent_seq IS NULL AND p.changed_seq = NEW.changed_seq AND (NOT (NEW.username IS NOT OLD.username) OR ((p.action = 'issue-temp-login' AND (OLD.username IS NULL)) OR (p.action = 'change-username' AND (OLD.username IS NOT NULL AND NEW.username IS NOT NULL)) OR (p.action = 'redeem' AND (OLD.username IS NULL OR OLD.activated_at IS NULL)) OR (p.action = 'renew' AND (NEW.username IS NULL)))) AND (NOT (NEW.email IS NOT OLD.email) OR ((p.action = 'apply-contact' AND (NEW.email IS (SELECT r.new_value FROM change_request r WHERE r.id = p.ground_id AND r.kind = 'email'))) OR (p.action = 'import-contact' AND (OLD.status = 'new')) OR (p.action = 'renew' AND (NEW.email IS NULL)))) AND (NOT (NEW.phone IS NOT OLD.phone) OR ((p.action = 'apply-contact' AND (NEW.phone IS (SELECT r.new_value FROM change_request r WHERE r.id = p.ground_id AND r.kind = 'phone'))) OR (p.action = 'import-contact' AND (OLD.status = 'new')) OR (p.action = 'renew' AND (NEW.phone IS NULL)))) AND (NOT (NEW.password_hash IS NOT OLD.password_hash) OR ((p.action = 'secure-account' AND (NEW.password_hash IS NULL)) OR (p.action = 'issue-temp-login' AND (NEW.password_hash IS NOT NULL)) OR (p.action = 'redeem' AND (NEW.password_hash IS NOT NULL)) OR (p.action = 'sign-in' AND (NEW.password_hash IS NOT NULL AND OLD.password_hash IS NOT NULL)) OR (p.action = 'change-password' AND (NEW.password_hash IS NOT NULL AND OLD.password_hash IS NOT NULL)) OR (p.action = 'renew' AND (NEW.password_hash IS NULL)))) AND (NOT (NEW.status IS NOT OLD.status) OR ((p.action = 'disable' AND (NEW.status = 'disabled')) OR (p.action = 'enable' AND (OLD.status IN ('disabled', 'declined') AND NEW.status = CASE WHEN OLD.activated_at IS NULL THEN 'new' ELSE 'active' END)) OR (p.action = 'decline' AND (NEW.status = 'declined')) OR (p.action = 'redeem' AND (OLD.status = 'new' AND NEW.status = 'active')) OR (p.action = 'renew' AND (NEW.status = 'new')))) AND (NOT (NEW.must_change_password IS NOT OLD.must_change_password) OR ((p.action = 'secure-account' AND (NEW.must_change_password = 0)) OR (p.action = 'issue-temp-login' AND (NEW.must_change_password = 1)) OR (p.action = 'redeem' AND (NEW.must_change_password = 0)) OR (p.action = 'renew' AND (NEW.must_change_password = 0)))) AND (NOT (NEW.locked_until IS NOT OLD.locked_until) OR ((p.action = 'unlock' AND (NEW.locked_until IS NULL AND (p.level = 'strong' OR p.ground = 'redemption'))) OR (p.action = 'redeem' AND (NEW.locked_until IS NULL)) OR (p.action = 'sign-in' AND (NEW.locked_until IS NULL)) OR (p.action = 'change-password' AND (NEW.locked_until IS NULL)) OR (p.action = 'renew' AND (NEW.locked_until IS NULL)))) AND (NOT (NEW.failed_attempts IS NOT OLD.failed_attempts) OR ((p.action = 'redeem' AND (NEW.failed_attempts = 0)) OR (p.action = 'sign-in' AND (NEW.failed_attempts = 0)) OR (p.action = 'change-password' AND (NEW.failed_attempts = 0)) OR (p.action = 'renew' AND (NEW.failed_attempts = 0)))) AND (NOT (NEW.activated_at IS NOT OLD.activated_at) OR ((p.action = 'redeem' AND (NEW.activated_at IS NOT NULL)) OR (p.action = 'renew' AND (NEW.activated_at IS NULL)))) AND (NOT (NEW.contact_changed_at IS NOT OLD.contact_changed_at) OR ((p.action = 'apply-contact' AND (NEW.contact_changed_at IS NOT NULL)) OR (p.action = 'import-contact' AND (NEW.contact_changed_at IS NOT NULL)) OR (p.action = 'renew' AND (NEW.contact_changed_at IS NULL))))))) BEGIN SELECT RAISE(ABORT, 'portaldesk: no identity check, no change'); END;
CREATE TRIGGER portal_account_spends AFTER UPDATE ON portal_account FOR EACH ROW WHEN NEW.permit_id IS NOT OLD.permit_id BEGIN UPDATE permit SET spent_seq = NEW.changed_seq WHERE id = NEW.permit_id; END;
CREATE TRIGGER contact_point_reopened BEFORE UPDATE ON contact_point FOR EACH ROW WHEN NEW.evidence_from < OLD.evidence_from OR ((OLD.do_not_use = 1 AND NEW.do_not_use = 0 OR OLD.confidential = 1 AND NEW.confidential = 0) AND NOT EXISTS (SELECT 1 FROM permit p WHERE p.action = 'contacts mark --usable' AND p.mrn = NEW.mrn AND p.changed_seq = NEW.changed_seq)) BEGIN SELECT RAISE(ABORT, 'portaldesk: no identity check, no address'); END;
CREATE TRIGGER recovery_credential_permitted BEFORE INSERT ON recovery_credential FOR EACH ROW WHEN NEW.redeemed_at IS NOT NULL OR NOT ((NEW.kind = 'code' AND NEW.permit_id IS NULL AND EXISTS (SELECT 1 FROM identity_check c WHERE c.id = NEW.check_id AND ((c.caller = 'proxy' AND c.account = NEW.mrn AND EXISTS (SELECT 1 FROM proxy x WHERE x.person = c.account AND x.mrn = c.patient AND x.ended_at IS NULL AND (x.ends_at IS NULL OR x.ends_at > NEW.issued_at))) OR (c.caller <> 'proxy' AND c.account IS NULL AND c.patient = NEW.mrn)) AND c.level IN ('basic', 'strong') AND c.ended_at IS NULL AND c.expires_at > NEW.issued_at AND c.outcome IN ('passed', 'held'))) OR EXISTS (SELECT 1 FROM permit p WHERE p.id = NEW.permit_id AND p.mrn = NEW.mrn AND p.changed_seq = NEW.changed_seq AND p.issued_at >= (SELECT at FROM audit_head) AND ((p.action = 'resend-invite' AND NEW.kind IN ('invitation')) OR (p.action = 'resend-invite --letter' AND NEW.kind IN ('letter')) OR (p.action = 'send-reset' AND NEW.kind IN ('reset')) OR (p.action = 'unlock' AND NEW.kind IN ('unlock-link')) OR (p.action = 'issue-temp-login' AND NEW.kind IN ('temp-login')) OR (p.action = 'update-contact' AND NEW.kind IN ('confirm-code', 'confirm-link', 'object-link')) OR (p.action = 'proxy grant' AND NEW.kind IN ('object-link'))))) BEGIN SELECT RAISE(ABORT, 'portaldesk: no identity check, no link or code'); END;
CREATE TRIGGER recovery_credential_not_reborn BEFORE UPDATE ON recovery_credential FOR EACH ROW WHEN OLD.redeemed_at IS NOT NULL AND NEW.redeemed_at IS NOT OLD.redeemed_at OR OLD.revoked_at IS NOT NULL AND NEW.revoked_at IS NOT OLD.revoked_at OR NEW.secret_hash IS NOT OLD.secret_hash OR NEW.mrn IS NOT OLD.mrn OR NEW.kind IS NOT OLD.kind OR NEW.expires_at IS NOT OLD.expires_at OR NEW.bound_to IS NOT OLD.bound_to OR NEW.tries < OLD.tries BEGIN SELECT RAISE(ABORT, 'portaldesk: a used link stays used'); END;
CREATE TRIGGER outbox_message_permitted BEFORE INSERT ON outbox_message FOR EACH ROW WHEN NEW.kind = 'username-reminder' AND NOT EXISTS (SELECT 1 FROM permit p WHERE p.id = NEW.permit_id AND p.mrn = NEW.mrn AND p.changed_seq = NEW.changed_seq AND p.issued_at >= (SELECT at FROM audit_head) AND (p.action IN ('recover-username'))) BEGIN SELECT RAISE(ABORT, 'portaldesk: no identity check, no username'); END;
CREATE TRIGGER change_request_permitted BEFORE INSERT ON change_request FOR EACH ROW WHEN (CASE WHEN NEW.kind = 'proxy' THEN NEW.state NOT IN ('awaiting-approval', 'waiting') OR NEW.rests_on_photo_id IS NOT 1 ELSE NEW.state <> 'awaiting-confirmation' OR NEW.confirmed_at IS NOT NULL END) OR NOT EXISTS (SELECT 1 FROM permit p WHERE p.id = NEW.permit_id AND p.mrn = NEW.mrn AND p.changed_seq = NEW.changed_seq AND p.issued_at >= (SELECT at FROM audit_head) AND (p.action IN ('proxy grant', 'update-contact'))) BEGIN SELECT RAISE(ABORT, 'portaldesk: no identity check, no request'); END;
CREATE TRIGGER proxy_permitted BEFORE INSERT ON proxy FOR EACH ROW WHEN NEW.ended_at IS NOT NULL OR NOT EXISTS (SELECT 1 FROM permit p WHERE p.id = NEW.permit_id AND p.mrn = NEW.mrn AND p.changed_seq = NEW.changed_seq AND p.issued_at >= (SELECT at FROM audit_head) AND ((p.action = 'proxy grant' AND EXISTS (SELECT 1 FROM identity_check c WHERE c.id = p.ground_id AND c.caller = 'patient')) OR (p.action = 'apply-proxy' AND NEW.request_id = p.ground_id))) BEGIN SELECT RAISE(ABORT, 'portaldesk: no identity check, no proxy'); END;
CREATE TRIGGER proxy_not_reborn BEFORE UPDATE ON proxy FOR EACH ROW WHEN OLD.ended_at IS NOT NULL AND NEW.ended_at IS NOT OLD.ended_at OR NEW.id IS NOT OLD.id OR NEW.person IS NOT OLD.person OR NEW.mrn IS NOT OLD.mrn OR NEW.relation IS NOT OLD.relation OR NEW.authority IS NOT OLD.authority OR NEW.document IS NOT OLD.document OR NEW.scope IS NOT OLD.scope OR NEW.minor IS NOT OLD.minor OR NEW.granted_at IS NOT OLD.granted_at OR NEW.granted_by IS NOT OLD.granted_by OR NEW.check_id IS NOT OLD.check_id OR NEW.request_id IS NOT OLD.request_id OR NEW.permit_id IS NOT OLD.permit_id OR NEW.ends_at IS NOT OLD.ends_at BEGIN SELECT RAISE(ABORT, 'portaldesk: a proxy that ended stays so'); END;
CREATE TRIGGER recovery_credential_spends AFTER INSERT ON recovery_credential FOR EACH ROW WHEN EXISTS (SELECT 1 FROM permit p WHERE p.id = NEW.permit_id AND p.spent_seq IS NULL) BEGIN UPDATE permit SET spent_seq = NEW.changed_seq WHERE id = NEW.permit_id; END;
CREATE TRIGGER outbox_message_spends AFTER INSERT ON outbox_message FOR EACH ROW WHEN EXISTS (SELECT 1 FROM permit p WHERE p.id = NEW.permit_id AND p.spent_seq IS NULL) BEGIN UPDATE permit SET spent_seq = NEW.changed_seq WHERE id = NEW.permit_id; END;
CREATE TRIGGER change_request_spends AFTER INSERT ON change_request FOR EACH ROW WHEN EXISTS (SELECT 1 FROM permit p WHERE p.id = NEW.permit_id AND p.spent_seq IS NULL) BEGIN UPDATE permit SET spent_seq = NEW.changed_seq WHERE id = NEW.permit_id; END;
CREATE TRIGGER proxy_spends AFTER INSERT ON proxy FOR EACH ROW WHEN EXISTS (SELECT 1 FROM permit p WHERE p.id = NEW.permit_id AND p.spent_seq IS NULL) BEGIN UPDATE permit SET spent_seq = NEW.changed_seq WHERE id = NEW.permit_id; END;
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
COMMIT;
