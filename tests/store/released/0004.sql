BEGIN TRANSACTION;
CREATE TABLE alembic_version (
	version_num VARCHAR(32) NOT NULL, 
	CONSTRAINT alembic_version_pkc PRIMARY KEY (version_num)
);
INSERT INTO "alembic_version" VALUES('0004');
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
INSERT INTO "audit_event" VALUES(1,'2026-01-05T10:00:00.000000Z','rosa','init',NULL,'done','',NULL,NULL,'','{"secrets": "file"}','0000000000000000000000000000000000000000000000000000000000000000','4452df48c52f8130d457b927be748fd1526b4407942160391efa9cb93cb8dd0d');
INSERT INTO "audit_event" VALUES(2,'2026-01-05T10:00:00.000000Z','rosa','import patients','MRN-1','done','',NULL,NULL,'','{}','4452df48c52f8130d457b927be748fd1526b4407942160391efa9cb93cb8dd0d','537f54cde6071f756e331f7313c3ba725023a81ad88af248ec9d1a692ae49ecc');
INSERT INTO "audit_event" VALUES(3,'2026-01-05T10:00:00.000000Z','rosa','import patients','MRN-2','done','',NULL,NULL,'','{}','537f54cde6071f756e331f7313c3ba725023a81ad88af248ec9d1a692ae49ecc','bd1f964f5765acfe4c6078a194cc3ffd63c500a16324fc7468eaf17a87f19cd1');
INSERT INTO "audit_event" VALUES(4,'2026-01-05T10:00:00.000000Z','rosa','import patients','MRN-3','done','',NULL,NULL,'','{}','bd1f964f5765acfe4c6078a194cc3ffd63c500a16324fc7468eaf17a87f19cd1','64def50c5322ba6afeb1451340eee0284f66535a02bc6c11bed0a98fa591c691');
INSERT INTO "audit_event" VALUES(5,'2026-01-05T10:00:00.000000Z','rosa','import patients','MRN-4','done','',NULL,NULL,'','{}','64def50c5322ba6afeb1451340eee0284f66535a02bc6c11bed0a98fa591c691','6ff02676c7662c47dfae229b3c9be3606163461eeec327c6e4c7b2dfc6dd24bb');
INSERT INTO "audit_event" VALUES(6,'2026-01-05T10:00:00.000000Z','rosa','import patients','MRN-5','done','',NULL,NULL,'','{}','6ff02676c7662c47dfae229b3c9be3606163461eeec327c6e4c7b2dfc6dd24bb','b2b09a7537e371a2aa8e05ab8f65e6124cb6d5e2951547fc8b3424acedefafe4');
INSERT INTO "audit_event" VALUES(7,'2026-01-05T10:01:00.000000Z','rosa','login',NULL,'done','S-b5deb5a8b3',NULL,NULL,'','{}','b2b09a7537e371a2aa8e05ab8f65e6124cb6d5e2951547fc8b3424acedefafe4','5d006cec3b8a15622a682f3b3949c0148e8ef9f24b9b32cf267c003a9dcf8822');
INSERT INTO "audit_event" VALUES(8,'2026-01-05T10:02:00.000000Z','rosa','staff add',NULL,'done','S-rosa',NULL,NULL,'','{"name": "sam", "role": "front-desk", "token": "T-84F3E021"}','5d006cec3b8a15622a682f3b3949c0148e8ef9f24b9b32cf267c003a9dcf8822','f68b9cd142e69a2cda8abb35abfdc6d5eb6000ee27fefb5b8797c6fa58f0fca1');
INSERT INTO "audit_event" VALUES(9,'2026-01-05T10:03:00.000000Z','sam','verify-identity','MRN-1','passed','S-sam','C-57D41AC1','basic','cannot get in','{"attested": [], "by": null, "caller": "patient", "methods": ["birth-date: match", "phone: match", "postal-code: match"], "new": true, "wrong": 0}','f68b9cd142e69a2cda8abb35abfdc6d5eb6000ee27fefb5b8797c6fa58f0fca1','944e30054bf0a258e75222f61d0ec525220119d5c5772d36ade4a21b3859c09e');
INSERT INTO "audit_event" VALUES(10,'2026-01-05T10:04:00.000000Z','sam','resend-invite','MRN-1','link-sent','S-sam','C-57D41AC1','basic','cannot get in','{"attested": [], "caller": "patient", "credential": "f5dfbd82eab02d2611cecb6b", "ground": "check", "ground_id": "C-57D41AC1", "messages": ["f37908e6616527cb9914ba59"], "methods": ["birth-date", "phone", "postal-code"], "reference": "H6-16"}','944e30054bf0a258e75222f61d0ec525220119d5c5772d36ade4a21b3859c09e','646a0f8bbee8c286deb90f65fd1e1d895dde353caff1bb07186ba6142c42f0cc');
INSERT INTO "audit_event" VALUES(11,'2026-01-05T10:06:00.000000Z',NULL,'redeem','MRN-1','done','portal',NULL,NULL,'','{"credential": "f5dfbd82eab02d2611cecb6b", "ground": "redemption", "ground_id": "f5dfbd82eab02d2611cecb6b", "kind": "invitation", "messages": ["2207841c45cd7b163310ecb7"], "reference": "H6-16"}','646a0f8bbee8c286deb90f65fd1e1d895dde353caff1bb07186ba6142c42f0cc','c53bec332f045a7eb41fbbab543255e8cb0f8dc72c9916b8239ca2739e395cc5');
INSERT INTO "audit_event" VALUES(12,'2026-01-05T10:08:00.000000Z','sam','verify-identity','MRN-2','passed','S-sam','C-10A901C3','strong','cannot get in','{"attested": ["photo-id"], "by": null, "caller": "patient", "methods": ["birth-date: match", "phone: match", "photo-id: attested", "postal-code: match"], "new": true, "wrong": 0}','c53bec332f045a7eb41fbbab543255e8cb0f8dc72c9916b8239ca2739e395cc5','dd27b3067e9ed4b602af1996aef09c2dae42c0ba4e5b58452011ad0223a20b0b');
INSERT INTO "audit_event" VALUES(13,'2026-01-05T10:09:00.000000Z','sam','update-contact','MRN-2','waiting','S-sam','C-10A901C3','strong','cannot get in','{"attested": ["photo-id"], "caller": "patient", "credential": "71749b51bffe94b161e34767", "ground": "check", "ground_id": "C-10A901C3", "kind": "email", "messages": ["beb46aee2c6b872311ecfd51", "282774d46155a9c79752d0f7"], "methods": ["birth-date", "phone", "photo-id", "postal-code"], "reference": "A4-71", "request": "R-1D9CEE"}','dd27b3067e9ed4b602af1996aef09c2dae42c0ba4e5b58452011ad0223a20b0b','b77e2eeb269a7ae67bb7f60f456b6cd1d9d79061880293c2a1f7d3269c7fd166');
INSERT INTO "audit_event" VALUES(14,'2026-01-05T10:10:00.000000Z','sam','verify-identity','MRN-1','passed','S-sam','C-7C179215','strong','cannot get in','{"attested": ["photo-id"], "by": null, "caller": "patient", "methods": ["birth-date: match", "phone: match", "photo-id: attested", "postal-code: match"], "new": true, "wrong": 0}','b77e2eeb269a7ae67bb7f60f456b6cd1d9d79061880293c2a1f7d3269c7fd166','264f8b4e037c4d9680f64c917b2a71237f5bdc9a44eab9682673553ba74de03f');
INSERT INTO "audit_event" VALUES(15,'2026-01-05T10:11:00.000000Z','sam','send-reset','MRN-1','link-sent','S-sam','C-7C179215','strong','cannot get in','{"attested": ["photo-id"], "caller": "patient", "credential": "58feec28bc9c47d768a52fe8", "ground": "check", "ground_id": "C-7C179215", "messages": ["e8ef10f893da06990cd60c59"], "methods": ["birth-date", "phone", "photo-id", "postal-code"], "reference": "J9-09"}','264f8b4e037c4d9680f64c917b2a71237f5bdc9a44eab9682673553ba74de03f','cadb2136515a4012c60dabc0003ef47d0e22cd3ba4009df9c5068e1af6224d41');
INSERT INTO "audit_event" VALUES(16,'2026-01-05T10:12:00.000000Z','sam','disable','MRN-3','refused','S-sam',NULL,NULL,'','{"code": "check-required"}','cadb2136515a4012c60dabc0003ef47d0e22cd3ba4009df9c5068e1af6224d41','79d5030e176aeb2244e7bfb7a6ccc1ae6d8c0ac7fa563354671d7f3d60c156cd');
CREATE TABLE audit_head (
	id INTEGER NOT NULL, 
	seq INTEGER NOT NULL, 
	at VARCHAR(27) NOT NULL, 
	hash VARCHAR NOT NULL, 
	PRIMARY KEY (id)
);
INSERT INTO "audit_head" VALUES(1,16,'2026-01-05T10:12:00.000000Z','79d5030e176aeb2244e7bfb7a6ccc1ae6d8c0ac7fa563354671d7f3d60c156cd');
CREATE TABLE audit_seal (
	row_key VARCHAR NOT NULL, 
	seq INTEGER NOT NULL, 
	seal VARCHAR NOT NULL, 
	PRIMARY KEY (row_key, seq)
)
 WITHOUT ROWID

;
INSERT INTO "audit_seal" VALUES('settings:1',1,'9d6f40c194978dfd274cfa728e764f4cdfe4fb5003467e684354fc1803dbb2d7');
INSERT INTO "audit_seal" VALUES('staff_member:rosa',1,'95fe05c4a74f4ac94317277ba42a962f4f53f1f52a413f9dae03947887600f34');
INSERT INTO "audit_seal" VALUES('contact_point:email-1',2,'d1609a06502942ebc14b48c067bbb5736d2abad69088f18041315017dc321ba4');
INSERT INTO "audit_seal" VALUES('contact_point:phone-1',2,'7cd96266c7ff98fc8705efd56efcbabc0d64737d33d0b1a4e4e3e81814f87fdf');
INSERT INTO "audit_seal" VALUES('patient:MRN-1',2,'2e70cff8237e2fbcc69a99ebb40c8a78d563f1e9198489955bf8d38d2371699f');
INSERT INTO "audit_seal" VALUES('portal_account:MRN-1',2,'c468c5e34d23d88073da04b7cd75eb6fbe572b607f43ce92e13172b07f5d7e62');
INSERT INTO "audit_seal" VALUES('contact_point:email-2',3,'8eaf8847b31fb79b0af51e7619199022fe9db2a723b4448e96a2c72ffb59c288');
INSERT INTO "audit_seal" VALUES('contact_point:phone-2',3,'3943b40952236300a9908312ef0ea0dff887d80c6880d63e3073d62a73ca7fab');
INSERT INTO "audit_seal" VALUES('patient:MRN-2',3,'af1bd29f01ac60cbb8be0d03c7bd259d28f3152770e13e09dcb9c3b9df170ee6');
INSERT INTO "audit_seal" VALUES('portal_account:MRN-2',3,'bb67b8cdb676c449adb672c96be2a04993f8be789267dffe7f386d3cb90cbbda');
INSERT INTO "audit_seal" VALUES('contact_point:email-3',4,'ce14efdadd7d449788521a245a208ba56275e0598bb141ad19ff2d46d43e7854');
INSERT INTO "audit_seal" VALUES('contact_point:phone-3',4,'71fd00b3c10cf974f4f69c2ef49f8b56b8798b180af829707199db75bca2028c');
INSERT INTO "audit_seal" VALUES('patient:MRN-3',4,'f0085385238e64e3aa0a3f3aa984773d15b188e94d3c1a31a727c57ca3977ced');
INSERT INTO "audit_seal" VALUES('portal_account:MRN-3',4,'2b9fd69f30e03d2488e273371ca11e84a57658fc122c683d4ce32ad9b8974ce1');
INSERT INTO "audit_seal" VALUES('contact_point:email-4',5,'9e06be7b0aff3608b41c1ef0ccc501d8abdc93c7c5c816bc0885d9bf568a93f2');
INSERT INTO "audit_seal" VALUES('contact_point:phone-4',5,'f1fc33d7de41e5453519ec572aec13ccea3d56af41a09fc809925418432a83ee');
INSERT INTO "audit_seal" VALUES('patient:MRN-4',5,'358a5d5e824b534027ab7648f3ef3a637a671298799dc2a65001218836a0feb2');
INSERT INTO "audit_seal" VALUES('portal_account:MRN-4',5,'ff8f55990f0901235272501689ac68eb986d57ed85ff6cc280bfcb144207d0aa');
INSERT INTO "audit_seal" VALUES('contact_point:email-5',6,'84485aea067342a2be69e1fc4abd07c1b003abada507570056b87a5f6b47095f');
INSERT INTO "audit_seal" VALUES('contact_point:phone-5',6,'837d880f81c6d21b6db76be2a90f6b919862971dc8b9233423d8665eacacd507');
INSERT INTO "audit_seal" VALUES('patient:MRN-5',6,'ad76acef235f29d6d4e432705bf88a065ecda9857f50432eb0a9d7900cec94d4');
INSERT INTO "audit_seal" VALUES('portal_account:MRN-5',6,'1dd90c644c9d88c59923aba81ba2205478ce93df370849a8cd9cae9e654257e8');
INSERT INTO "audit_seal" VALUES('staff_session:S-b5deb5a8b3',7,'f0bb850e8b065f6d8c3d7eaed02d1f0237d7e52136d767758300ce4bcb085c1d');
INSERT INTO "audit_seal" VALUES('staff_member:sam',8,'d9efc64ef74f8d89d2742475849f3be605a12080af5d3c0c805907eb1f46cc26');
INSERT INTO "audit_seal" VALUES('staff_token:T-84F3E021',8,'eccd013fe8bdbe5ccad691be00ae443bbe76b2395a0fa72fa5e627052adeab52');
INSERT INTO "audit_seal" VALUES('identity_check:C-57D41AC1',9,'6cc1cb03994a225d7fb4a4b25693159d068dd25d9ae725c8a5c484a87350565b');
INSERT INTO "audit_seal" VALUES('outbox_message:f37908e6616527cb9914ba59',10,'cd1f6167a213ae039d033c151ac261abd63daa2b64aae284b2854cd5df185489');
INSERT INTO "audit_seal" VALUES('permit:ca1ad15e18dd05dc',10,'d062d04a92daa9007c230470a74189faa4c321951d575805ce3ba51c00ca69be');
INSERT INTO "audit_seal" VALUES('recovery_credential:f5dfbd82eab02d2611cecb6b',10,'d38514e154dc636316fc54ec09fbe2737b48614829168fdf934cafe92597e851');
INSERT INTO "audit_seal" VALUES('outbox_message:2207841c45cd7b163310ecb7',11,'ead0c0e8507a6cd885913f7eca29de5a854ddb2714ac587d336d30698ffa0701');
INSERT INTO "audit_seal" VALUES('password_history:c98ab4cac78c8e04',11,'bb9969e1330801ca3f6ee0002eb1c5ccb759c3a5d0ce63b19c5f0420eb7ac83a');
INSERT INTO "audit_seal" VALUES('permit:fd45c94dd87f0cb1',11,'b5e237f83147dadd7dc128e0c0ba193f46ef594be11b4ad72faf6fe715f63a13');
INSERT INTO "audit_seal" VALUES('portal_account:MRN-1',11,'33315ba8cb3c931ce3017a2bc396bada37ee430f8a2282cf0744871e51a75e63');
INSERT INTO "audit_seal" VALUES('recovery_credential:f5dfbd82eab02d2611cecb6b',11,'545c24d027a03413aba5063234455686e10a43f377574d835434be97c459dee9');
INSERT INTO "audit_seal" VALUES('identity_check:C-10A901C3',12,'616bb18e20daa7fa6bf078fb2bbe4c2f561034af09935d36fcf4b8ef7b604839');
INSERT INTO "audit_seal" VALUES('identity_check:C-57D41AC1',12,'e22e57bb93569ba73ef03b9fb0d4980afdbbb9333c2fc0e3e3bd2793d61e0f61');
INSERT INTO "audit_seal" VALUES('change_request:R-1D9CEE',13,'2fd73c25851aae7783ff81e1b4e45013f72bb13b0449182c8c7fbd81c1d31dcb');
INSERT INTO "audit_seal" VALUES('outbox_message:282774d46155a9c79752d0f7',13,'d1e54d7fe5b8a6afd5aed930b0123426d374c2416f95c3c3dac4bbdd903ae508');
INSERT INTO "audit_seal" VALUES('outbox_message:beb46aee2c6b872311ecfd51',13,'a043edf888d53cc0a44643a7ba54f8bdcbc4dd1c23cffd4a903869fde8f51787');
INSERT INTO "audit_seal" VALUES('permit:18fca7c192e1a903',13,'bd1ccfba94fa860f20f1822ce16e203d5e89f3ee252edd68805be5a79ed3a380');
INSERT INTO "audit_seal" VALUES('recovery_credential:71749b51bffe94b161e34767',13,'bebb97a5b0499b1aefedf904406ffe37ed1da8d17fbf0d627f4c146be91ae589');
INSERT INTO "audit_seal" VALUES('recovery_credential:b8b422eac015c45d9fdb2b03',13,'0c8314dcba1c455d3ea7bed69f77257d27fa4aecd430973e97915442fee7a00e');
INSERT INTO "audit_seal" VALUES('recovery_credential:fdede3c6948ae62b15b1e3c3',13,'c5399f5aaf763a7b74b65773bd826a757bb995023e466fb8f10ee63e7128defa');
INSERT INTO "audit_seal" VALUES('identity_check:C-10A901C3',14,'2284aababee329ae4b0c6dd0bdc889fef943df092f05018b5f2191b4442c6fbe');
INSERT INTO "audit_seal" VALUES('identity_check:C-7C179215',14,'ed1887ffb33a5b14e356710467613a8b050e3e6a76b25821c1ffa563f0d1710a');
INSERT INTO "audit_seal" VALUES('outbox_message:e8ef10f893da06990cd60c59',15,'eec1441bcd3f4ab155800a205860d55fffcf3d668be2c29ffff39ce2a3a7d1f8');
INSERT INTO "audit_seal" VALUES('permit:10da6d30f3fbd015',15,'e3429cf5494120fe718c6839972fc2a713862926077e1182bb4fa8a3fbef5e7c');
INSERT INTO "audit_seal" VALUES('recovery_credential:58feec28bc9c47d768a52fe8',15,'98f28ff303c83e522ee3c6bc26d9d93203ff98ebd81879188304128dc3f028de');
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
INSERT INTO "change_request" VALUES(13,'2fd73c25851aae7783ff81e1b4e45013f72bb13b0449182c8c7fbd81c1d31dcb','R-1D9CEE','MRN-2','email','new2@example.org','awaiting-confirmation','C-10A901C3','18fca7c192e1a903','sam','2026-01-05T10:09:00.000000Z','2026-01-12T10:09:00.000000Z',1,1,NULL,'','2026-01-05T10:09:00.000000Z',NULL,NULL,NULL,'',NULL);
CREATE TABLE contact_point (
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
	current BOOLEAN NOT NULL, 
	PRIMARY KEY (id), 
	FOREIGN KEY(mrn) REFERENCES patient (mrn)
);
INSERT INTO "contact_point" VALUES(2,'d1609a06502942ebc14b48c067bbb5736d2abad69088f18041315017dc321ba4','email-1','MRN-1','email','zoe1@example.org','zoe1@example.org','record','2025-10-21T10:00:00.000000Z','2025-10-21T10:00:00.000000Z','2025-10-21T10:00:00.000000Z','record',NULL,0,0,1);
INSERT INTO "contact_point" VALUES(2,'7cd96266c7ff98fc8705efd56efcbabc0d64737d33d0b1a4e4e3e81814f87fdf','phone-1','MRN-1','phone','+15559078526','+15559078526','record','2025-10-21T10:00:00.000000Z','2025-10-21T10:00:00.000000Z','2025-10-21T10:00:00.000000Z','record',NULL,0,0,1);
INSERT INTO "contact_point" VALUES(3,'8eaf8847b31fb79b0af51e7619199022fe9db2a723b4448e96a2c72ffb59c288','email-2','MRN-2','email','zoe2@example.org','zoe2@example.org','record','2025-10-21T10:00:00.000000Z','2025-10-21T10:00:00.000000Z','2025-10-21T10:00:00.000000Z','record',NULL,0,0,1);
INSERT INTO "contact_point" VALUES(3,'3943b40952236300a9908312ef0ea0dff887d80c6880d63e3073d62a73ca7fab','phone-2','MRN-2','phone','+15559078526','+15559078526','record','2025-10-21T10:00:00.000000Z','2025-10-21T10:00:00.000000Z','2025-10-21T10:00:00.000000Z','record',NULL,0,0,1);
INSERT INTO "contact_point" VALUES(4,'ce14efdadd7d449788521a245a208ba56275e0598bb141ad19ff2d46d43e7854','email-3','MRN-3','email','zoe3@example.org','zoe3@example.org','record','2025-10-21T10:00:00.000000Z','2025-10-21T10:00:00.000000Z','2025-10-21T10:00:00.000000Z','record',NULL,0,0,1);
INSERT INTO "contact_point" VALUES(4,'71fd00b3c10cf974f4f69c2ef49f8b56b8798b180af829707199db75bca2028c','phone-3','MRN-3','phone','+15559078526','+15559078526','record','2025-10-21T10:00:00.000000Z','2025-10-21T10:00:00.000000Z','2025-10-21T10:00:00.000000Z','record',NULL,0,0,1);
INSERT INTO "contact_point" VALUES(5,'9e06be7b0aff3608b41c1ef0ccc501d8abdc93c7c5c816bc0885d9bf568a93f2','email-4','MRN-4','email','zoe4@example.org','zoe4@example.org','record','2025-10-21T10:00:00.000000Z','2025-10-21T10:00:00.000000Z','2025-10-21T10:00:00.000000Z','record',NULL,0,0,1);
INSERT INTO "contact_point" VALUES(5,'f1fc33d7de41e5453519ec572aec13ccea3d56af41a09fc809925418432a83ee','phone-4','MRN-4','phone','+15559078526','+15559078526','record','2025-10-21T10:00:00.000000Z','2025-10-21T10:00:00.000000Z','2025-10-21T10:00:00.000000Z','record',NULL,0,0,1);
INSERT INTO "contact_point" VALUES(6,'84485aea067342a2be69e1fc4abd07c1b003abada507570056b87a5f6b47095f','email-5','MRN-5','email','zoe5@example.org','zoe5@example.org','record','2025-10-21T10:00:00.000000Z','2025-10-21T10:00:00.000000Z','2025-10-21T10:00:00.000000Z','record',NULL,0,0,1);
INSERT INTO "contact_point" VALUES(6,'837d880f81c6d21b6db76be2a90f6b919862971dc8b9233423d8665eacacd507','phone-5','MRN-5','phone','+15559078526','+15559078526','record','2025-10-21T10:00:00.000000Z','2025-10-21T10:00:00.000000Z','2025-10-21T10:00:00.000000Z','record',NULL,0,0,1);
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
	at VARCHAR(27) NOT NULL, 
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
	failed_at VARCHAR(27), 
	PRIMARY KEY (id), 
	FOREIGN KEY(patient) REFERENCES patient (mrn)
);
INSERT INTO "identity_check" VALUES(12,'e22e57bb93569ba73ef03b9fb0d4980afdbbb9333c2fc0e3e3bd2793d61e0f61','C-57D41AC1','MRN-1','sam','S-sam','patient','cannot get in','passed','basic','[{"method": "birth-date", "outcome": "match"}, {"method": "postal-code", "outcome": "match"}, {"method": "phone", "outcome": "match"}]',0,'["phone", "email", "last-visit", "birth-date", "postal-code"]','[]',NULL,'2026-01-05T10:03:00.000000Z','2026-01-05T10:18:00.000000Z','2026-01-05T10:08:00.000000Z','next check',NULL);
INSERT INTO "identity_check" VALUES(14,'2284aababee329ae4b0c6dd0bdc889fef943df092f05018b5f2191b4442c6fbe','C-10A901C3','MRN-2','sam','S-sam','patient','cannot get in','passed','strong','[{"method": "birth-date", "outcome": "match"}, {"method": "postal-code", "outcome": "match"}, {"method": "phone", "outcome": "match"}, {"method": "photo-id", "outcome": "attested", "note": "driver licence"}]',0,'["phone", "email", "last-visit", "birth-date", "postal-code"]','[]',NULL,'2026-01-05T10:08:00.000000Z','2026-01-05T10:23:00.000000Z','2026-01-05T10:10:00.000000Z','next check',NULL);
INSERT INTO "identity_check" VALUES(14,'ed1887ffb33a5b14e356710467613a8b050e3e6a76b25821c1ffa563f0d1710a','C-7C179215','MRN-1','sam','S-sam','patient','cannot get in','passed','strong','[{"method": "birth-date", "outcome": "match"}, {"method": "postal-code", "outcome": "match"}, {"method": "phone", "outcome": "match"}, {"method": "photo-id", "outcome": "attested", "note": "passport"}]',0,'["phone", "email", "last-visit", "birth-date", "postal-code"]','[]',NULL,'2026-01-05T10:10:00.000000Z','2026-01-05T10:25:00.000000Z',NULL,'',NULL);
CREATE TABLE outbox_message (
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
	PRIMARY KEY (id), 
	FOREIGN KEY(mrn) REFERENCES patient (mrn)
);
INSERT INTO "outbox_message" VALUES(10,'cd1f6167a213ae039d033c151ac261abd63daa2b64aae284b2854cd5df185489','f37908e6616527cb9914ba59','invitation','MRN-1','zoe1@example.org','f5dfbd82eab02d2611cecb6b','ca1ad15e18dd05dc','{}','2026-01-05T10:04:00.000000Z',NULL,'',0,NULL,'','');
INSERT INTO "outbox_message" VALUES(11,'ead0c0e8507a6cd885913f7eca29de5a854ddb2714ac587d336d30698ffa0701','2207841c45cd7b163310ecb7','changed','MRN-1','zoe1@example.org',NULL,'fd45c94dd87f0cb1','{"what": "activated", "at_desk": false}','2026-01-05T10:06:00.000000Z',NULL,'',0,NULL,'','');
INSERT INTO "outbox_message" VALUES(13,'a043edf888d53cc0a44643a7ba54f8bdcbc4dd1c23cffd4a903869fde8f51787','beb46aee2c6b872311ecfd51','confirm-code','MRN-2','new2@example.org','71749b51bffe94b161e34767','18fca7c192e1a903','{"kind": "email", "link": "b8b422eac015c45d9fdb2b03"}','2026-01-05T10:09:00.000000Z',NULL,'',0,NULL,'','');
INSERT INTO "outbox_message" VALUES(13,'d1e54d7fe5b8a6afd5aed930b0123426d374c2416f95c3c3dac4bbdd903ae508','282774d46155a9c79752d0f7','contact-changing','MRN-2','zoe2@example.org','fdede3c6948ae62b15b1e3c3','18fca7c192e1a903','{"kind": "email"}','2026-01-05T10:09:00.000000Z',NULL,'',0,NULL,'','');
INSERT INTO "outbox_message" VALUES(15,'eec1441bcd3f4ab155800a205860d55fffcf3d668be2c29ffff39ce2a3a7d1f8','e8ef10f893da06990cd60c59','reset','MRN-1','zoe1@example.org','58feec28bc9c47d768a52fe8','10da6d30f3fbd015','{}','2026-01-05T10:11:00.000000Z',NULL,'',0,NULL,'','');
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
INSERT INTO "password_history" VALUES(11,'bb9969e1330801ca3f6ee0002eb1c5ccb759c3a5d0ce63b19c5f0420eb7ac83a','c98ab4cac78c8e04','MRN-1','p1$$2b$12$dRDFSPCCXJNaKgaQIUqBquBgW1z/sgO5Cn1xyPmykOcKYxy7D08Sq','2026-01-05T10:06:00.000000Z');
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
	imported_at VARCHAR(27) NOT NULL, 
	PRIMARY KEY (mrn)
);
INSERT INTO "patient" VALUES(2,'2e70cff8237e2fbcc69a99ebb40c8a78d563f1e9198489955bf8d38d2371699f','MRN-1','Zoë','Reynolds1','[]','1952-07-15','unknown','','','67124','',NULL,'active',NULL,'2025-10-21T10:00:00.000000Z','2025-10-21T10:00:00.000000Z','2025-10-21T10:00:00.000000Z');
INSERT INTO "patient" VALUES(3,'af1bd29f01ac60cbb8be0d03c7bd259d28f3152770e13e09dcb9c3b9df170ee6','MRN-2','Zoë','Reynolds2','[]','1952-07-15','unknown','','','67124','',NULL,'active',NULL,'2025-10-21T10:00:00.000000Z','2025-10-21T10:00:00.000000Z','2025-10-21T10:00:00.000000Z');
INSERT INTO "patient" VALUES(4,'f0085385238e64e3aa0a3f3aa984773d15b188e94d3c1a31a727c57ca3977ced','MRN-3','Zoë','Reynolds3','[]','1952-07-15','unknown','','','67124','',NULL,'active',NULL,'2025-10-21T10:00:00.000000Z','2025-10-21T10:00:00.000000Z','2025-10-21T10:00:00.000000Z');
INSERT INTO "patient" VALUES(5,'358a5d5e824b534027ab7648f3ef3a637a671298799dc2a65001218836a0feb2','MRN-4','Zoë','Reynolds4','[]','1952-07-15','unknown','','','67124','',NULL,'active',NULL,'2025-10-21T10:00:00.000000Z','2025-10-21T10:00:00.000000Z','2025-10-21T10:00:00.000000Z');
INSERT INTO "patient" VALUES(6,'ad76acef235f29d6d4e432705bf88a065ecda9857f50432eb0a9d7900cec94d4','MRN-5','Zoë','Reynolds5','[]','1952-07-15','unknown','','','67124','',NULL,'active',NULL,'2025-10-21T10:00:00.000000Z','2025-10-21T10:00:00.000000Z','2025-10-21T10:00:00.000000Z');
CREATE TABLE patient_name (
	"key" VARCHAR NOT NULL, 
	mrn VARCHAR NOT NULL, 
	PRIMARY KEY ("key", mrn), 
	FOREIGN KEY(mrn) REFERENCES patient (mrn)
)
 WITHOUT ROWID

;
CREATE TABLE permit (
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
	PRIMARY KEY (id), 
	FOREIGN KEY(mrn) REFERENCES patient (mrn)
);
INSERT INTO "permit" VALUES(10,'d062d04a92daa9007c230470a74189faa4c321951d575805ce3ba51c00ca69be','ca1ad15e18dd05dc','MRN-1','resend-invite','check','C-57D41AC1','basic','sam','2026-01-05T10:04:00.000000Z',10);
INSERT INTO "permit" VALUES(11,'b5e237f83147dadd7dc128e0c0ba193f46ef594be11b4ad72faf6fe715f63a13','fd45c94dd87f0cb1','MRN-1','redeem','redemption','f5dfbd82eab02d2611cecb6b','none',NULL,'2026-01-05T10:06:00.000000Z',11);
INSERT INTO "permit" VALUES(13,'bd1ccfba94fa860f20f1822ce16e203d5e89f3ee252edd68805be5a79ed3a380','18fca7c192e1a903','MRN-2','update-contact','check','C-10A901C3','strong','sam','2026-01-05T10:09:00.000000Z',13);
INSERT INTO "permit" VALUES(15,'e3429cf5494120fe718c6839972fc2a713862926077e1182bb4fa8a3fbef5e7c','10da6d30f3fbd015','MRN-1','send-reset','check','C-7C179215','strong','sam','2026-01-05T10:11:00.000000Z',15);
CREATE TABLE portal_account (
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
	FOREIGN KEY(mrn) REFERENCES patient (mrn), 
	UNIQUE (username)
);
INSERT INTO "portal_account" VALUES(11,'33315ba8cb3c931ce3017a2bc396bada37ee430f8a2282cf0744871e51a75e63','MRN-1','zoe.one','zoe1@example.org','+15559078526','p1$$2b$12$dRDFSPCCXJNaKgaQIUqBquBgW1z/sgO5Cn1xyPmykOcKYxy7D08Sq','active',0,NULL,0,'2026-01-05T10:06:00.000000Z',NULL,'fd45c94dd87f0cb1');
INSERT INTO "portal_account" VALUES(3,'bb67b8cdb676c449adb672c96be2a04993f8be789267dffe7f386d3cb90cbbda','MRN-2',NULL,'zoe2@example.org','+15559078526',NULL,'new',0,NULL,0,NULL,NULL,NULL);
INSERT INTO "portal_account" VALUES(4,'2b9fd69f30e03d2488e273371ca11e84a57658fc122c683d4ce32ad9b8974ce1','MRN-3',NULL,'zoe3@example.org','+15559078526',NULL,'new',0,NULL,0,NULL,NULL,NULL);
INSERT INTO "portal_account" VALUES(5,'ff8f55990f0901235272501689ac68eb986d57ed85ff6cc280bfcb144207d0aa','MRN-4',NULL,'zoe4@example.org','+15559078526',NULL,'new',0,NULL,0,NULL,NULL,NULL);
INSERT INTO "portal_account" VALUES(6,'1dd90c644c9d88c59923aba81ba2205478ce93df370849a8cd9cae9e654257e8','MRN-5',NULL,'zoe5@example.org','+15559078526',NULL,'new',0,NULL,0,NULL,NULL,NULL);
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
INSERT INTO "recovery_credential" VALUES(11,'545c24d027a03413aba5063234455686e10a43f377574d835434be97c459dee9','f5dfbd82eab02d2611cecb6b','invitation','MRN-1','H6-16','ffed9baf9e92b68c22a2103feca957d43efe44143ac6c70dd14386e1115f34a6','2026-01-05T10:04:00.000000Z','2026-01-06T10:04:00.000000Z','669a67f0964fe95ba0a2fbbdb144c4a08194a43dd8455760238996ed6adf9e61','zoe1@example.org','C-57D41AC1',NULL,'ca1ad15e18dd05dc',NULL,0,NULL,'2026-01-05T10:06:00.000000Z',NULL,NULL);
INSERT INTO "recovery_credential" VALUES(13,'bebb97a5b0499b1aefedf904406ffe37ed1da8d17fbf0d627f4c146be91ae589','71749b51bffe94b161e34767','confirm-code','MRN-2','A4-71','p1$$2b$10$LfnkQFXBpgwZeeP41uk3Xet4KKoEgdVM063b4J.OALwaiIiHHEuzy','2026-01-05T10:09:00.000000Z','2026-01-05T10:19:00.000000Z','R-1D9CEE','new2@example.org',NULL,'R-1D9CEE','18fca7c192e1a903',NULL,0,NULL,NULL,NULL,NULL);
INSERT INTO "recovery_credential" VALUES(13,'0c8314dcba1c455d3ea7bed69f77257d27fa4aecd430973e97915442fee7a00e','b8b422eac015c45d9fdb2b03','confirm-link','MRN-2','J9-06','39e970891a615b224981229e1145a613ff7552d0b1239154b1dd484c869f8184','2026-01-05T10:09:00.000000Z','2026-01-06T10:09:00.000000Z','a28796e13a6fed3aaab40902789fff838a44fdee0533c5a984a32adeafa6ad60','new2@example.org',NULL,'R-1D9CEE','18fca7c192e1a903',NULL,0,NULL,NULL,NULL,NULL);
INSERT INTO "recovery_credential" VALUES(13,'c5399f5aaf763a7b74b65773bd826a757bb995023e466fb8f10ee63e7128defa','fdede3c6948ae62b15b1e3c3','object-link','MRN-2','X4-51','67ce73b836e5967a7982cd2fa77a2654a3ae0a969cb38ee0a2a0870422339c0f','2026-01-05T10:09:00.000000Z','2026-01-12T10:09:00.000000Z','a28796e13a6fed3aaab40902789fff838a44fdee0533c5a984a32adeafa6ad60','zoe2@example.org',NULL,'R-1D9CEE','18fca7c192e1a903',NULL,0,NULL,NULL,NULL,NULL);
INSERT INTO "recovery_credential" VALUES(15,'98f28ff303c83e522ee3c6bc26d9d93203ff98ebd81879188304128dc3f028de','58feec28bc9c47d768a52fe8','reset','MRN-1','J9-09','875cfa1e183b1415aba5dd883e681f68843efdd3736c626424b5d39f0dedd9c2','2026-01-05T10:11:00.000000Z','2026-01-05T11:11:00.000000Z','f71b317ca5db5503b8d1de813e28b21470c127efbb2ba7979f3ebd4b208742f2','zoe1@example.org','C-7C179215',NULL,'10da6d30f3fbd015',NULL,0,NULL,NULL,NULL,NULL);
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
INSERT INTO "settings" VALUES(1,'9d6f40c194978dfd274cfa728e764f4cdfe4fb5003467e684354fc1803dbb2d7',1,'ece592a6cfef','2026-01-05T10:00:00.000000Z','{}',NULL);
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
INSERT INTO "staff_member" VALUES(1,'95fe05c4a74f4ac94317277ba42a962f4f53f1f52a413f9dae03947887600f34','rosa','admin','active','p1$$2b$12$x4W/U6/cYk7nxMU8TRKjBufvFz2EZdvyVJvRjWUQ7cbky4zB3X9.G',0,0,NULL,'rosa','2026-01-05T10:00:00.000000Z',NULL,'[]');
INSERT INTO "staff_member" VALUES(8,'d9efc64ef74f8d89d2742475849f3be605a12080af5d3c0c805907eb1f46cc26','sam','front-desk','active','p1$$2b$12$ewvorFFndv5ZOiCb6h4hHOjLuJrErjY/y.F2IxjBLiMCbYN2crC8y',1,0,NULL,'rosa','2026-01-05T10:02:00.000000Z',NULL,'[]');
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
INSERT INTO "staff_session" VALUES(7,'f0bb850e8b065f6d8c3d7eaed02d1f0237d7e52136d767758300ce4bcb085c1d','S-b5deb5a8b3','rosa','0','b69b86f0a618da98a2031c8ee5bcce5c1de8a11b43edb0453c0f41098abe786f','2026-01-05T10:01:00.000000Z',NULL,'');
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
INSERT INTO "staff_token" VALUES(8,'eccd013fe8bdbe5ccad691be00ae443bbe76b2395a0fa72fa5e627052adeab52','T-84F3E021','sam','ef136c9fb5ff9e94be2c32e608b25dade875ee17640b563d57783100618aa9f2','rosa','2026-01-05T10:02:00.000000Z','2026-04-05T10:02:00.000000Z','[]',NULL);
CREATE INDEX ix_audit_action ON audit_event (action, seq);
CREATE INDEX ix_audit_patient ON audit_event (patient, seq);
CREATE INDEX ix_audit_session ON audit_event (session, seq);
CREATE INDEX ix_audit_staff ON audit_event (staff, seq);
CREATE INDEX ix_contact_point_key ON contact_point ("key");
CREATE INDEX ix_contact_point_mrn ON contact_point (mrn);
CREATE INDEX ix_duplicate_pair ON duplicate_verdict (a, b);
CREATE INDEX ix_identity_check_patient_started ON identity_check (patient, started_at);
CREATE INDEX ix_identity_check_session ON identity_check (session);
CREATE INDEX ix_outbox_message_credential_id ON outbox_message (credential_id);
CREATE INDEX ix_outbox_message_mrn ON outbox_message (mrn);
CREATE INDEX ix_outbox_message_sent_at ON outbox_message (sent_at);
CREATE INDEX ix_outbox_message_to_address ON outbox_message (to_address);
CREATE INDEX ix_patient_name_mrn ON patient_name (mrn);
CREATE INDEX ix_permit_ground ON permit (ground, ground_id, action);
CREATE INDEX ix_portal_account_email ON portal_account (email);
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
CREATE TRIGGER audit_event_no_update BEFORE UPDATE ON audit_event FOR EACH ROW WHEN 1 BEGIN SELECT RAISE(ABORT, 'portaldesk: the record is never edited'); END;
CREATE TRIGGER audit_seal_no_update BEFORE UPDATE ON audit_seal FOR EACH ROW WHEN 1 BEGIN SELECT RAISE(ABORT, 'portaldesk: the record is never edited'); END;
CREATE TRIGGER audit_event_no_delete BEFORE DELETE ON audit_event FOR EACH ROW WHEN 1 BEGIN SELECT RAISE(ABORT, 'portaldesk: the record is never shortened'); END;
CREATE TRIGGER audit_seal_no_delete BEFORE DELETE ON audit_seal FOR EACH ROW WHEN 1 BEGIN SELECT RAISE(ABORT, 'portaldesk: the record is never shortened'); END;
CREATE TRIGGER audit_head_no_delete BEFORE DELETE ON audit_head FOR EACH ROW WHEN 1 BEGIN SELECT RAISE(ABORT, 'portaldesk: the record is never shortened'); END;
CREATE TRIGGER audit_event_next BEFORE INSERT ON audit_event FOR EACH ROW WHEN NOT EXISTS (SELECT 1 FROM audit_head h WHERE NEW.seq = h.seq + 1 AND NEW.prev_hash = h.hash AND NEW.at >= h.at) OR EXISTS (SELECT 1 FROM audit_event e WHERE e.seq = NEW.seq) BEGIN SELECT RAISE(ABORT, 'portaldesk: an event must be the next of the head'); END;
CREATE TRIGGER audit_event_moves_head AFTER INSERT ON audit_event FOR EACH ROW BEGIN UPDATE audit_head SET seq = NEW.seq, at = NEW.at, hash = NEW.hash; END;
CREATE TRIGGER audit_head_follows BEFORE UPDATE ON audit_head FOR EACH ROW WHEN NEW.id IS NOT OLD.id OR NEW.seq IS NOT OLD.seq + 1 OR NOT EXISTS (SELECT 1 FROM audit_event e WHERE e.seq = NEW.seq AND e.hash = NEW.hash AND e.at = NEW.at) BEGIN SELECT RAISE(ABORT, 'portaldesk: the head follows the record'); END;
CREATE TRIGGER audit_head_only_one BEFORE INSERT ON audit_head FOR EACH ROW WHEN EXISTS (SELECT 1 FROM audit_head) BEGIN SELECT RAISE(ABORT, 'portaldesk: one head'); END;
CREATE TRIGGER audit_seal_before_event BEFORE INSERT ON audit_seal FOR EACH ROW WHEN NEW.seq <= (SELECT seq FROM audit_head) OR EXISTS (SELECT 1 FROM audit_seal s WHERE s.row_key = NEW.row_key AND s.seq = NEW.seq) BEGIN SELECT RAISE(ABORT, 'portaldesk: a seal belongs to an event yet to come'); END;
CREATE TRIGGER patient_insert_in_record BEFORE INSERT ON patient FOR EACH ROW WHEN EXISTS (SELECT 1 FROM patient o WHERE o.mrn = NEW.mrn) OR NOT EXISTS (SELECT 1 FROM audit_seal s WHERE s.row_key = 'patient:' || NEW.mrn AND s.seq = NEW.changed_seq AND s.seal = NEW.seal AND s.seq <= (SELECT seq FROM audit_head) AND NOT EXISTS (SELECT 1 FROM audit_seal n WHERE n.row_key = s.row_key AND n.seq <> s.seq)) BEGIN SELECT RAISE(ABORT, 'portaldesk: patient: no event of the record carries this row'); END;
CREATE TRIGGER patient_update_in_record BEFORE UPDATE OF changed_seq, mrn, given_name, family_name, other_names, birth_date, sex, address, city, postal_code, language, last_visit, status, merged_into, birth_date_evidence_from, postal_code_evidence_from, imported_at, seal ON patient FOR EACH ROW WHEN NEW.mrn IS NOT OLD.mrn OR NEW.changed_seq IS OLD.changed_seq OR NOT EXISTS (SELECT 1 FROM audit_seal s WHERE s.row_key = 'patient:' || NEW.mrn AND s.seq = NEW.changed_seq AND s.seal = NEW.seal AND s.seq <= (SELECT seq FROM audit_head) AND NOT EXISTS (SELECT 1 FROM audit_seal n WHERE n.row_key = s.row_key AND n.seq > s.seq)) BEGIN SELECT RAISE(ABORT, 'portaldesk: patient: no event of the record carries this change'); END;
CREATE TRIGGER patient_no_delete BEFORE DELETE ON patient FOR EACH ROW WHEN 1 BEGIN SELECT RAISE(ABORT, 'portaldesk: patient: rows are never deleted'); END;
CREATE TRIGGER contact_point_insert_in_record BEFORE INSERT ON contact_point FOR EACH ROW WHEN EXISTS (SELECT 1 FROM contact_point o WHERE o.id = NEW.id) OR NOT EXISTS (SELECT 1 FROM audit_seal s WHERE s.row_key = 'contact_point:' || NEW.id AND s.seq = NEW.changed_seq AND s.seal = NEW.seal AND s.seq <= (SELECT seq FROM audit_head) AND NOT EXISTS (SELECT 1 FROM audit_seal n WHERE n.row_key = s.row_key AND n.seq <> s.seq)) BEGIN SELECT RAISE(ABORT, 'portaldesk: contact_point: no event of the record carries this row'); END;
CREATE TRIGGER contact_point_update_in_record BEFORE UPDATE OF changed_seq, id, mrn, kind, value, key, source, added_at, evidence_from, confirmed_at, confirmed_how, bounced_at, do_not_use, confidential, current, seal ON contact_point FOR EACH ROW WHEN NEW.id IS NOT OLD.id OR NEW.changed_seq IS OLD.changed_seq OR NOT EXISTS (SELECT 1 FROM audit_seal s WHERE s.row_key = 'contact_point:' || NEW.id AND s.seq = NEW.changed_seq AND s.seal = NEW.seal AND s.seq <= (SELECT seq FROM audit_head) AND NOT EXISTS (SELECT 1 FROM audit_seal n WHERE n.row_key = s.row_key AND n.seq > s.seq)) BEGIN SELECT RAISE(ABORT, 'portaldesk: contact_point: no event of the record carries this change'); END;
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
CREATE TRIGGER identity_check_insert_in_record BEFORE INSERT ON identity_check FOR EACH ROW WHEN EXISTS (SELECT 1 FROM identity_check o WHERE o.id = NEW.id) OR NOT EXISTS (SELECT 1 FROM audit_seal s WHERE s.row_key = 'identity_check:' || NEW.id AND s.seq = NEW.changed_seq AND s.seal = NEW.seal AND s.seq <= (SELECT seq FROM audit_head) AND NOT EXISTS (SELECT 1 FROM audit_seal n WHERE n.row_key = s.row_key AND n.seq <> s.seq)) BEGIN SELECT RAISE(ABORT, 'portaldesk: identity_check: no event of the record carries this row'); END;
CREATE TRIGGER identity_check_update_in_record BEFORE UPDATE OF changed_seq, id, patient, staff, session, caller, reason, outcome, level, evidence, wrong, ask_order, spoiled, code_id, started_at, expires_at, ended_at, ended_why, failed_at, seal ON identity_check FOR EACH ROW WHEN NEW.id IS NOT OLD.id OR NEW.changed_seq IS OLD.changed_seq OR NOT EXISTS (SELECT 1 FROM audit_seal s WHERE s.row_key = 'identity_check:' || NEW.id AND s.seq = NEW.changed_seq AND s.seal = NEW.seal AND s.seq <= (SELECT seq FROM audit_head) AND NOT EXISTS (SELECT 1 FROM audit_seal n WHERE n.row_key = s.row_key AND n.seq > s.seq)) BEGIN SELECT RAISE(ABORT, 'portaldesk: identity_check: no event of the record carries this change'); END;
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
CREATE TRIGGER duplicate_verdict_update_in_record BEFORE UPDATE OF changed_seq, id, a, b, verdict, reason, judged_on, staff, at, seal ON duplicate_verdict FOR EACH ROW WHEN NEW.id IS NOT OLD.id OR NEW.changed_seq IS OLD.changed_seq OR NOT EXISTS (SELECT 1 FROM audit_seal s WHERE s.row_key = 'duplicate_verdict:' || NEW.id AND s.seq = NEW.changed_seq AND s.seal = NEW.seal AND s.seq <= (SELECT seq FROM audit_head) AND NOT EXISTS (SELECT 1 FROM audit_seal n WHERE n.row_key = s.row_key AND n.seq > s.seq)) BEGIN SELECT RAISE(ABORT, 'portaldesk: duplicate_verdict: no event of the record carries this change'); END;
CREATE TRIGGER duplicate_verdict_no_delete BEFORE DELETE ON duplicate_verdict FOR EACH ROW WHEN 1 BEGIN SELECT RAISE(ABORT, 'portaldesk: duplicate_verdict: rows are never deleted'); END;
CREATE TRIGGER permit_has_ground BEFORE INSERT ON permit FOR EACH ROW WHEN NEW.spent_seq IS NOT NULL OR NEW.changed_seq IS NOT (SELECT seq FROM audit_head) OR NEW.issued_at < (SELECT at FROM audit_head) OR NOT ((NEW.ground = 'check' AND NEW.action IN ('disable', 'enable', 'issue-temp-login', 'recover-username', 'resend-invite', 'secure-account', 'send-reset', 'unlock', 'update-contact') AND EXISTS (SELECT 1 FROM identity_check c WHERE c.id = NEW.ground_id AND c.patient = NEW.mrn AND c.staff = NEW.staff AND c.level = NEW.level AND c.ended_at IS NULL AND c.expires_at > NEW.issued_at AND (c.outcome = 'passed' OR (c.outcome = 'held' AND NEW.action IN ('secure-account'))) AND c.level IN ('basic', 'strong') AND (c.level = 'strong' OR NEW.action NOT IN ('disable', 'enable', 'issue-temp-login', 'update-contact')) AND NOT (NEW.action IN ('enable', 'update-contact') AND c.evidence LIKE '%"code-email", "outcome": "match"%' AND c.evidence NOT LIKE '%"photo-id"%' AND c.evidence NOT LIKE '%"callback", "outcome": "attested"%' AND c.evidence NOT LIKE '%"code-phone", "outcome": "match"%')) AND (SELECT count(*) FROM permit q WHERE q.ground = 'check' AND q.ground_id = NEW.ground_id AND q.action = NEW.action) < CASE NEW.action WHEN 'resend-invite' THEN 3 WHEN 'send-reset' THEN 3 WHEN 'recover-username' THEN 3 WHEN 'update-contact' THEN 3 ELSE 1 END) OR (NEW.ground = 'approval' AND NEW.action IN ('apply-contact') AND EXISTS (SELECT 1 FROM change_request r WHERE r.id = NEW.ground_id AND r.mrn = NEW.mrn AND r.state = 'effective' AND r.confirmed_at IS NOT NULL AND r.expires_at > NEW.issued_at AND r.decided_by IS NOT NULL AND r.decided_by = NEW.staff AND r.decided_by <> r.requested_by) AND NOT EXISTS (SELECT 1 FROM permit q WHERE q.ground IN ('approval', 'time') AND q.ground_id = NEW.ground_id)) OR (NEW.ground = 'time' AND NEW.action IN ('apply-contact') AND EXISTS (SELECT 1 FROM change_request r WHERE r.id = NEW.ground_id AND r.mrn = NEW.mrn AND r.state = 'effective' AND r.confirmed_at IS NOT NULL AND r.expires_at > NEW.issued_at AND r.decided_by IS NULL AND r.rests_on_photo_id = 1 AND r.waits_until IS NOT NULL AND r.waits_until <= NEW.issued_at) AND NOT EXISTS (SELECT 1 FROM permit q WHERE q.ground IN ('approval', 'time') AND q.ground_id = NEW.ground_id)) OR (NEW.ground = 'redemption' AND NEW.action IN ('redeem', 'secure-account', 'unlock') AND EXISTS (SELECT 1 FROM recovery_credential k WHERE k.id = NEW.ground_id AND k.mrn = NEW.mrn AND k.redeemed_at = NEW.issued_at AND k.revoked_at IS NULL AND k.expires_at > NEW.issued_at AND ((NEW.action = 'redeem' AND k.kind IN ('invitation', 'reset', 'temp-login')) OR (NEW.action = 'unlock' AND k.kind IN ('unlock-link')) OR (NEW.action = 'secure-account' AND k.kind IN ('object-link')))) AND NOT EXISTS (SELECT 1 FROM permit q WHERE q.ground = 'redemption' AND q.ground_id = NEW.ground_id)) OR (NEW.ground = 'sign-in' AND NEW.action IN ('change-password', 'sign-in') AND EXISTS (SELECT 1 FROM portal_account a WHERE a.mrn = NEW.mrn AND a.status = 'active' AND a.password_hash IS NOT NULL AND (a.locked_until IS NULL OR a.locked_until <= NEW.issued_at))) OR (NEW.ground = 'import' AND NEW.action IN ('import-contact') AND EXISTS (SELECT 1 FROM portal_account a WHERE a.mrn = NEW.mrn AND a.status = 'new')) OR (NEW.ground = 'asked' AND NEW.action IN ('recover-username', 'resend-invite', 'send-reset') AND NEW.staff IS NULL) OR (NEW.ground = 'renewal' AND NEW.action IN ('renew') AND EXISTS (SELECT 1 FROM staff_member m WHERE m.name = NEW.staff AND m.role = 'admin' AND m.status = 'active'))) BEGIN SELECT RAISE(ABORT, 'portaldesk: a permit must rest on its ground'); END;
CREATE TRIGGER permit_spent_once BEFORE UPDATE ON permit FOR EACH ROW WHEN (NEW.id IS NOT OLD.id OR NEW.mrn IS NOT OLD.mrn OR NEW.action IS NOT OLD.action OR NEW.ground IS NOT OLD.ground OR NEW.ground_id IS NOT OLD.ground_id OR NEW.level IS NOT OLD.level OR NEW.staff IS NOT OLD.staff OR NEW.issued_at IS NOT OLD.issued_at OR NEW.changed_seq IS NOT OLD.changed_seq OR NEW.seal IS NOT OLD.seal OR OLD.spent_seq IS NOT NULL OR NEW.spent_seq IS NOT OLD.changed_seq OR NEW.spent_seq IS NOT (SELECT seq FROM audit_head)) AND ((OLD.spent_seq IS NOT NULL AND NEW.changed_seq = (SELECT seq FROM audit_head) AND NEW.changed_seq <> OLD.changed_seq AND NEW.spent_seq = NEW.changed_seq AND NOT (NEW.id IS NOT OLD.id OR NEW.mrn IS NOT OLD.mrn OR NEW.action IS NOT OLD.action OR NEW.ground IS NOT OLD.ground OR NEW.ground_id IS NOT OLD.ground_id OR NEW.level IS NOT OLD.level OR NEW.staff IS NOT OLD.staff OR NEW.issued_at IS NOT OLD.issued_at)) IS NOT 1) BEGIN SELECT RAISE(ABORT, 'portaldesk: a permit is spent once, with its event'); END;
CREATE TRIGGER portal_account_born_new BEFORE INSERT ON portal_account FOR EACH ROW WHEN NEW.status IS NOT 'new' OR NEW.password_hash IS NOT NULL OR NEW.permit_id IS NOT NULL OR NEW.must_change_password IS NOT 0 OR NEW.failed_attempts IS NOT 0 OR NEW.locked_until IS NOT NULL OR NEW.activated_at IS NOT NULL BEGIN SELECT RAISE(ABORT, 'portaldesk: an account is born new, without a password'); END;
CREATE TRIGGER portal_account_guarded BEFORE UPDATE ON portal_account FOR EACH ROW WHEN NEW.mrn IS NOT OLD.mrn OR (NOT (NEW.username IS NOT OLD.username OR NEW.email IS NOT OLD.email OR NEW.phone IS NOT OLD.phone OR NEW.password_hash IS NOT OLD.password_hash OR NEW.status IS NOT OLD.status OR NEW.must_change_password IS NOT OLD.must_change_password OR NEW.locked_until IS NOT OLD.locked_until OR NEW.failed_attempts IS NOT OLD.failed_attempts OR NEW.activated_at IS NOT OLD.activated_at OR NEW.contact_changed_at IS NOT OLD.contact_changed_at) AND NEW.permit_id IS NOT OLD.permit_id) OR ((NEW.username IS NOT OLD.username OR NEW.email IS NOT OLD.email OR NEW.phone IS NOT OLD.phone OR NEW.password_hash IS NOT OLD.password_hash OR NEW.status IS NOT OLD.status OR NEW.must_change_password IS NOT OLD.must_change_password OR NEW.locked_until IS NOT OLD.locked_until OR NEW.failed_attempts IS NOT OLD.failed_attempts OR NEW.activated_at IS NOT OLD.activated_at OR NEW.contact_changed_at IS NOT OLD.contact_changed_at) AND NOT (NEW.permit_id IS OLD.permit_id AND NEW.failed_attempts >= OLD.failed_attempts AND (NEW.locked_until IS OLD.locked_until OR (NEW.locked_until IS NOT NULL AND (OLD.locked_until IS NULL OR NEW.locked_until > OLD.locked_until))) AND NOT (NEW.username IS NOT OLD.username OR NEW.email IS NOT OLD.email OR NEW.phone IS NOT OLD.phone OR NEW.password_hash IS NOT OLD.password_hash OR NEW.status IS NOT OLD.status OR NEW.must_change_password IS NOT OLD.must_change_password OR NEW.activated_at IS NOT OLD.activated_at OR NEW.contact_changed_at IS NOT OLD.contact_changed_at)) AND NOT (NEW.permit_id IS NOT OLD.permit_id AND EXISTS (SELECT 1 FROM permit p WHERE p.id = NEW.permit_id AND p.mrn = NEW.mrn AND p.spent_seq IS NULL AND p.changed_seq = NEW.changed_seq AND (NOT (NEW.username IS NOT OLD.username) OR ((p.action = 'issue-temp-login' AND (OLD.username IS NULL)) OR (p.action = 'redeem' AND (OLD.username IS NULL OR OLD.activated_at IS NULL)) OR (p.action = 'renew' AND (NEW.username IS NULL)))) AND (NOT (NEW.email IS NOT OLD.email) OR ((p.action = 'apply-contact' AND (NEW.email IS (SELECT r.new_value FROM change_request r WHERE r.id = p.ground_id AND r.kind = 'email'))) OR (p.action = 'import-contact' AND (OLD.status = 'new')) OR (p.action = 'renew' AND (NEW.email IS NULL)))) AND (NOT (NEW.phone IS NOT OLD.phone) OR ((p.action = 'apply-contact' AND (NEW.phone IS (SELECT r.new_value FROM change_request r WHERE r.id = p.ground_id AND r.kind = 'phone'))) OR (p.action = 'import-contact' AND (OLD.status = 'new')) OR (p.action = 'renew' AND (NEW.phone IS NULL)))) AND (NOT (NEW.password_hash IS NOT OLD.password_hash) OR ((p.action = 'secure-account' AND (NEW.password_hash IS NULL)) OR (p.action = 'issue-temp-login' AND (NEW.password_hash IS NOT NULL)) OR (p.action = 'redeem' AND (NEW.password_hash IS NOT NULL)) OR (p.action = 'sign-in' AND (NEW.password_hash IS NOT NULL AND OLD.password_hash IS NOT NULL)) OR (p.action = 'change-password' AND (NEW.password_hash IS NOT NULL AND OLD.password_hash IS NOT NULL)) OR (p.action = 'renew' AND (NEW.password_hash IS NULL)))) AND (NOT (NEW.status IS NOT OLD.status) OR ((p.action = 'disable' AND (NEW.status = 'disabled')) OR (p.action = 'enable' AND (OLD.status IN ('disabled', 'declined') AND NEW.status = CASE WHEN OLD.activated_at IS NULL THEN 'new' ELSE 'active' END)) OR (p.action = 'redeem' AND (OLD.status = 'new' AND NEW.status = 'active')) OR (p.action = 'renew' AND (NEW.status = 'new')))) AND (NOT (NEW.must_change_password IS NOT OLD.must_change_password) OR ((p.action = 'secure-account' AND (NEW.must_change_password = 0)) OR (p.action = 'issue-temp-login' AND (NEW.must_change_password = 1)) OR (p.action = 'redeem' AND (NEW.must_change_password = 0)) OR (p.action = 'renew' AND (NEW.must_change_password = 0)))) AND (NOT (NEW.locked_until IS NOT OLD.locked_until) OR ((p.action = 'unlock' AND (NEW.locked_until IS NULL AND (p.level = 'strong' OR p.ground = 'redemption'))) OR (p.action = 'redeem' AND (NEW.locked_until IS NULL)) OR (p.action = 'sign-in' AND (NEW.locked_until IS NULL)) OR (p.action = 'change-password' AND (NEW.locked_until IS NULL)) OR (p.action = 'renew' AND (NEW.locked_until IS NULL)))) AND (NOT (NEW.failed_attempts IS NOT OLD.failed_attempts) OR ((p.action = 'redeem' AND (NEW.failed_attempts = 0)) OR (p.action = 'sign-in' AND (NEW.failed_attempts = 0)) OR (p.action = 'change-password' AND (NEW.failed_attempts = 0)) OR (p.action = 'renew' AND (NEW.failed_attempts = 0)))) AND (NOT (NEW.activated_at IS NOT OLD.activated_at) OR ((p.action = 'redeem' AND (NEW.activated_at IS NOT NULL)) OR (p.action = 'renew' AND (NEW.activated_at IS NULL)))) AND (NOT (NEW.contact_changed_at IS NOT OLD.contact_changed_at) OR ((p.action = 'apply-contact' AND (NEW.contact_changed_at IS NOT NULL)) OR (p.action = 'import-contact' AND (NEW.contact_changed_at IS NOT NULL)) OR (p.action = 'renew' AND (NEW.contact_changed_at IS NULL))))))) BEGIN SELECT RAISE(ABORT, 'portaldesk: no identity check, no change'); END;
CREATE TRIGGER portal_account_spends AFTER UPDATE ON portal_account FOR EACH ROW WHEN NEW.permit_id IS NOT OLD.permit_id BEGIN UPDATE permit SET spent_seq = NEW.changed_seq WHERE id = NEW.permit_id; END;
CREATE TRIGGER recovery_credential_permitted BEFORE INSERT ON recovery_credential FOR EACH ROW WHEN NEW.redeemed_at IS NOT NULL OR NOT ((NEW.kind = 'code' AND NEW.permit_id IS NULL AND EXISTS (SELECT 1 FROM identity_check c WHERE c.id = NEW.check_id AND c.patient = NEW.mrn AND c.level IN ('basic', 'strong') AND c.ended_at IS NULL AND c.expires_at > NEW.issued_at AND c.outcome IN ('passed', 'held'))) OR EXISTS (SELECT 1 FROM permit p WHERE p.id = NEW.permit_id AND p.mrn = NEW.mrn AND p.changed_seq = NEW.changed_seq AND p.issued_at >= (SELECT at FROM audit_head) AND ((p.action = 'resend-invite' AND NEW.kind IN ('invitation')) OR (p.action = 'send-reset' AND NEW.kind IN ('reset')) OR (p.action = 'unlock' AND NEW.kind IN ('unlock-link')) OR (p.action = 'issue-temp-login' AND NEW.kind IN ('temp-login')) OR (p.action = 'update-contact' AND NEW.kind IN ('confirm-code', 'confirm-link', 'object-link'))))) BEGIN SELECT RAISE(ABORT, 'portaldesk: no identity check, no link or code'); END;
CREATE TRIGGER recovery_credential_not_reborn BEFORE UPDATE ON recovery_credential FOR EACH ROW WHEN OLD.redeemed_at IS NOT NULL AND NEW.redeemed_at IS NOT OLD.redeemed_at OR OLD.revoked_at IS NOT NULL AND NEW.revoked_at IS NOT OLD.revoked_at OR NEW.secret_hash IS NOT OLD.secret_hash OR NEW.mrn IS NOT OLD.mrn OR NEW.kind IS NOT OLD.kind OR NEW.expires_at IS NOT OLD.expires_at OR NEW.bound_to IS NOT OLD.bound_to OR NEW.tries < OLD.tries BEGIN SELECT RAISE(ABORT, 'portaldesk: a used link stays used'); END;
CREATE TRIGGER outbox_message_permitted BEFORE INSERT ON outbox_message FOR EACH ROW WHEN NEW.kind = 'username-reminder' AND NOT EXISTS (SELECT 1 FROM permit p WHERE p.id = NEW.permit_id AND p.mrn = NEW.mrn AND p.changed_seq = NEW.changed_seq AND p.issued_at >= (SELECT at FROM audit_head) AND (p.action IN ('recover-username'))) BEGIN SELECT RAISE(ABORT, 'portaldesk: no identity check, no username'); END;
CREATE TRIGGER change_request_permitted BEFORE INSERT ON change_request FOR EACH ROW WHEN NEW.state <> 'awaiting-confirmation' OR NEW.confirmed_at IS NOT NULL OR NOT EXISTS (SELECT 1 FROM permit p WHERE p.id = NEW.permit_id AND p.mrn = NEW.mrn AND p.changed_seq = NEW.changed_seq AND p.issued_at >= (SELECT at FROM audit_head) AND (p.action IN ('update-contact'))) BEGIN SELECT RAISE(ABORT, 'portaldesk: no identity check, no request'); END;
CREATE TRIGGER recovery_credential_spends AFTER INSERT ON recovery_credential FOR EACH ROW WHEN EXISTS (SELECT 1 FROM permit p WHERE p.id = NEW.permit_id AND p.spent_seq IS NULL) BEGIN UPDATE permit SET spent_seq = NEW.changed_seq WHERE id = NEW.permit_id; END;
CREATE TRIGGER outbox_message_spends AFTER INSERT ON outbox_message FOR EACH ROW WHEN EXISTS (SELECT 1 FROM permit p WHERE p.id = NEW.permit_id AND p.spent_seq IS NULL) BEGIN UPDATE permit SET spent_seq = NEW.changed_seq WHERE id = NEW.permit_id; END;
CREATE TRIGGER change_request_spends AFTER INSERT ON change_request FOR EACH ROW WHEN EXISTS (SELECT 1 FROM permit p WHERE p.id = NEW.permit_id AND p.spent_seq IS NULL) BEGIN UPDATE permit SET spent_seq = NEW.changed_seq WHERE id = NEW.permit_id; END;
CREATE TRIGGER patient_keeps_its_place BEFORE UPDATE ON patient FOR EACH ROW WHEN NEW.rowid IS NOT OLD.rowid BEGIN SELECT RAISE(ABORT, 'portaldesk: patient: rows stay'); END;
CREATE TRIGGER contact_point_keeps_its_place BEFORE UPDATE ON contact_point FOR EACH ROW WHEN NEW.rowid IS NOT OLD.rowid BEGIN SELECT RAISE(ABORT, 'portaldesk: contact_point: rows stay'); END;
CREATE TRIGGER portal_account_keeps_its_place BEFORE UPDATE ON portal_account FOR EACH ROW WHEN NEW.rowid IS NOT OLD.rowid BEGIN SELECT RAISE(ABORT, 'portaldesk: portal_account: rows stay'); END;
CREATE TRIGGER password_history_keeps_its_place BEFORE UPDATE ON password_history FOR EACH ROW WHEN NEW.rowid IS NOT OLD.rowid BEGIN SELECT RAISE(ABORT, 'portaldesk: password_history: rows stay'); END;
CREATE TRIGGER portal_session_keeps_its_place BEFORE UPDATE ON portal_session FOR EACH ROW WHEN NEW.rowid IS NOT OLD.rowid BEGIN SELECT RAISE(ABORT, 'portaldesk: portal_session: rows stay'); END;
CREATE TRIGGER staff_member_keeps_its_place BEFORE UPDATE ON staff_member FOR EACH ROW WHEN NEW.rowid IS NOT OLD.rowid BEGIN SELECT RAISE(ABORT, 'portaldesk: staff_member: rows stay'); END;
CREATE TRIGGER staff_session_keeps_its_place BEFORE UPDATE ON staff_session FOR EACH ROW WHEN NEW.rowid IS NOT OLD.rowid BEGIN SELECT RAISE(ABORT, 'portaldesk: staff_session: rows stay'); END;
CREATE TRIGGER staff_token_keeps_its_place BEFORE UPDATE ON staff_token FOR EACH ROW WHEN NEW.rowid IS NOT OLD.rowid BEGIN SELECT RAISE(ABORT, 'portaldesk: staff_token: rows stay'); END;
CREATE TRIGGER identity_check_keeps_its_place BEFORE UPDATE ON identity_check FOR EACH ROW WHEN NEW.rowid IS NOT OLD.rowid BEGIN SELECT RAISE(ABORT, 'portaldesk: identity_check: rows stay'); END;
CREATE TRIGGER permit_keeps_its_place BEFORE UPDATE ON permit FOR EACH ROW WHEN NEW.rowid IS NOT OLD.rowid BEGIN SELECT RAISE(ABORT, 'portaldesk: permit: rows stay'); END;
CREATE TRIGGER recovery_credential_keeps_its_place BEFORE UPDATE ON recovery_credential FOR EACH ROW WHEN NEW.rowid IS NOT OLD.rowid BEGIN SELECT RAISE(ABORT, 'portaldesk: recovery_credential: rows stay'); END;
CREATE TRIGGER change_request_keeps_its_place BEFORE UPDATE ON change_request FOR EACH ROW WHEN NEW.rowid IS NOT OLD.rowid BEGIN SELECT RAISE(ABORT, 'portaldesk: change_request: rows stay'); END;
CREATE TRIGGER outbox_message_keeps_its_place BEFORE UPDATE ON outbox_message FOR EACH ROW WHEN NEW.rowid IS NOT OLD.rowid BEGIN SELECT RAISE(ABORT, 'portaldesk: outbox_message: rows stay'); END;
CREATE TRIGGER settings_keeps_its_place BEFORE UPDATE ON settings FOR EACH ROW WHEN NEW.rowid IS NOT OLD.rowid BEGIN SELECT RAISE(ABORT, 'portaldesk: settings: rows stay'); END;
CREATE TRIGGER duplicate_verdict_keeps_its_place BEFORE UPDATE ON duplicate_verdict FOR EACH ROW WHEN NEW.rowid IS NOT OLD.rowid BEGIN SELECT RAISE(ABORT, 'portaldesk: duplicate_verdict: rows stay'); END;
COMMIT;
