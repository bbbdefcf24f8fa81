PRAGMA application_id=1299542900;
PRAGMA user_version=1;
PRAGMA foreign_keys=OFF;
BEGIN TRANSACTION;
CREATE TABLE names(
    id INTEGER PRIMARY KEY,
    kind INTEGER NOT NULL,            -- names.cpp: space, type, attribute, key
    parent INTEGER NOT NULL,          -- a type's space; an attribute's or key's type
    name TEXT NOT NULL,
    definition TEXT NOT NULL,         -- names.cpp: what an attribute's values look like
    redefined INTEGER NOT NULL,       -- last commit under another definition; 0: there was none
    UNIQUE(kind, parent, name));
INSERT INTO names VALUES(1,1,0,'metaverse','',0);
INSERT INTO names VALUES(2,2,1,'person','',0);
INSERT INTO names VALUES(3,3,2,'id','text',0);
INSERT INTO names VALUES(4,3,2,'manager','reference',0);
INSERT INTO names VALUES(5,3,2,'name','text',0);
INSERT INTO names VALUES(6,3,2,'phone','text',0);
INSERT INTO names VALUES(7,3,2,'staff','boolean',0);
INSERT INTO names VALUES(8,4,2,'person(id)','',0);
INSERT INTO names VALUES(9,2,1,'team','',0);
INSERT INTO names VALUES(10,3,9,'id','text',0);
INSERT INTO names VALUES(11,3,9,'members','reference*',0);
INSERT INTO names VALUES(12,4,9,'team(id)','',0);
INSERT INTO names VALUES(13,1,0,'hr','',0);
INSERT INTO names VALUES(14,2,13,'person','',0);
INSERT INTO names VALUES(15,3,14,'id','text',0);
INSERT INTO names VALUES(16,3,14,'manager','reference',0);
INSERT INTO names VALUES(17,3,14,'name','text',0);
INSERT INTO names VALUES(18,3,14,'phone','text',0);
INSERT INTO names VALUES(19,2,13,'team','',0);
INSERT INTO names VALUES(20,3,19,'id','text',0);
INSERT INTO names VALUES(21,3,19,'members','reference*',0);
INSERT INTO names VALUES(22,1,0,'badges','',0);
INSERT INTO names VALUES(23,2,22,'badge','',0);
INSERT INTO names VALUES(24,3,23,'id','text',0);
INSERT INTO names VALUES(25,3,23,'name','text',0);
INSERT INTO names VALUES(26,3,23,'number','text',0);
INSERT INTO names VALUES(27,1,0,'directory','',0);
INSERT INTO names VALUES(28,2,27,'person','',0);
INSERT INTO names VALUES(29,3,28,'cn','text',0);
INSERT INTO names VALUES(30,3,28,'employeeNumber','text',0);
INSERT INTO names VALUES(31,3,28,'manager','reference',0);
INSERT INTO names VALUES(32,3,28,'sn','text',0);
INSERT INTO names VALUES(33,3,28,'telephoneNumber','text',0);
INSERT INTO names VALUES(34,2,27,'group','',0);
INSERT INTO names VALUES(35,3,34,'cn','text',0);
INSERT INTO names VALUES(36,3,34,'member','reference*',0);
CREATE TABLE object(
    id INTEGER PRIMARY KEY,
    space INTEGER NOT NULL,
    type INTEGER NOT NULL,
    flags INTEGER NOT NULL,           -- object_row.h: state, unconfirmed, retry, waiting
    joined INTEGER,
    commit_no INTEGER NOT NULL,
    provenance INTEGER NOT NULL,
    due INTEGER,
    payload_low INTEGER NOT NULL,
    payload_high INTEGER NOT NULL,
    name_key INTEGER,                 -- 64 bits of the digest of the normalised name
    anchor TEXT,
    name TEXT,
    attributes TEXT NOT NULL);
INSERT INTO object VALUES(1,13,14,0,33,3,0,NULL,-8616566063908812168,-3518986471573750885,NULL,'1',NULL,'{"id":"1","name":"Ann Lee","phone":"111"}');
INSERT INTO object VALUES(2,13,14,0,34,3,0,NULL,-8642719746473896298,6459754199205980508,NULL,'2',NULL,'{"id":"2","name":"Bob Ray","phone":"222"}');
INSERT INTO object VALUES(4,13,14,0,36,3,0,NULL,-4408685978822617240,-8068791117664447964,NULL,'4',NULL,'{"id":"4","name":"Di Joy"}');
INSERT INTO object VALUES(5,13,19,0,37,8,0,NULL,-3092284857116424430,1968076490533340492,NULL,'all',NULL,'{"id":"all"}');
INSERT INTO object VALUES(17,22,23,0,33,3,0,NULL,3587002484981872510,3414012242265117205,NULL,'b1',NULL,'{"id":"1","name":"Ann Lee","number":"b1"}');
INSERT INTO object VALUES(18,22,23,0,39,3,0,NULL,5139525445246097197,5795034712962031027,NULL,'b9',NULL,'{"id":"9","name":"Zed Oak","number":"b9"}');
INSERT INTO object VALUES(33,1,2,0,NULL,3,1,NULL,0,0,NULL,NULL,NULL,'{"id":"1","name":"Ann Lee","phone":"111","staff":true}');
INSERT INTO object VALUES(34,1,2,0,NULL,3,1,NULL,0,0,NULL,NULL,NULL,'{"id":"2","name":"Bob Ray","phone":"222","staff":true}');
INSERT INTO object VALUES(35,1,2,3,NULL,12,1,1798430120858808,0,0,NULL,NULL,NULL,'{"id":"3","name":"Cy Fox","phone":"333","staff":true}');
INSERT INTO object VALUES(36,1,2,0,NULL,3,2,NULL,0,0,NULL,NULL,NULL,'{"id":"4","name":"Di Joy","staff":true}');
INSERT INTO object VALUES(37,1,9,0,NULL,11,3,NULL,0,0,NULL,NULL,NULL,'{"id":"all"}');
INSERT INTO object VALUES(38,1,9,3,NULL,12,3,NULL,0,0,NULL,NULL,NULL,'{"id":"old"}');
INSERT INTO object VALUES(39,1,2,3,NULL,3,0,1798430120447006,0,0,NULL,NULL,NULL,'{}');
INSERT INTO object VALUES(40,27,28,0,33,4,0,NULL,-959257943178785518,4732449206883323359,2193641254338734785,'1','cn=Ann Lee,ou=people,dc=test','{"cn":"Ann Lee","employeeNumber":"1","sn":"Ann Lee","telephoneNumber":"111"}');
INSERT INTO object VALUES(41,27,28,0,34,5,0,NULL,5129374064676203436,7811379108773194101,4448950951679322406,'2','cn=Bob Ray,ou=people,dc=test','{"cn":"Bob Ray","employeeNumber":"2","sn":"Bob Ray","telephoneNumber":"222"}');
INSERT INTO object VALUES(42,27,28,0,35,5,0,NULL,-6152265387215021297,515603845712322294,-5893560185248148629,'3','cn=Cy Fox,ou=people,dc=test','{"cn":"Cy Fox","employeeNumber":"3","sn":"Cy Fox","telephoneNumber":"333"}');
INSERT INTO object VALUES(43,27,28,0,36,6,0,NULL,-5526203612157313751,-693770609497439771,-2612861114408042841,'4','cn=Di Joy,ou=people,dc=test','{"cn":"Di Joy","employeeNumber":"4","sn":"Di Joy"}');
INSERT INTO object VALUES(44,27,34,0,37,13,0,NULL,-822981381099596954,5381451796610768013,-70835847763334951,'all','cn=all,ou=groups,dc=test','{"cn":"all"}');
INSERT INTO object VALUES(45,27,34,0,38,7,0,NULL,-5562083426147708359,8978711564875927706,6313635949470579047,'old','cn=old,ou=groups,dc=test','{"cn":"old"}');
CREATE TABLE link(
    source INTEGER NOT NULL,
    attribute INTEGER NOT NULL,
    target INTEGER NOT NULL,
    text TEXT NOT NULL,
    opened INTEGER NOT NULL,
    PRIMARY KEY(source, attribute, target, text)) WITHOUT ROWID;
INSERT INTO link VALUES(2,16,1,'',1);
INSERT INTO link VALUES(4,16,2,'',1);
INSERT INTO link VALUES(5,21,1,'',1);
INSERT INTO link VALUES(5,21,2,'',1);
INSERT INTO link VALUES(5,21,4,'',1);
INSERT INTO link VALUES(34,4,33,'',3);
INSERT INTO link VALUES(35,4,33,'',3);
INSERT INTO link VALUES(36,4,34,'',3);
INSERT INTO link VALUES(37,11,33,'',3);
INSERT INTO link VALUES(37,11,34,'',3);
INSERT INTO link VALUES(37,11,36,'',3);
INSERT INTO link VALUES(38,11,33,'',3);
INSERT INTO link VALUES(38,11,34,'',3);
INSERT INTO link VALUES(41,31,40,'',5);
INSERT INTO link VALUES(42,31,40,'',5);
INSERT INTO link VALUES(43,31,41,'',6);
INSERT INTO link VALUES(44,36,40,'',7);
INSERT INTO link VALUES(44,36,41,'',7);
INSERT INTO link VALUES(44,36,43,'',7);
INSERT INTO link VALUES(45,36,40,'',7);
INSERT INTO link VALUES(45,36,41,'',7);
CREATE TABLE link_past(
    source INTEGER NOT NULL,
    attribute INTEGER NOT NULL,
    target INTEGER NOT NULL,
    text TEXT NOT NULL,
    opened INTEGER NOT NULL,
    closed INTEGER NOT NULL,
    PRIMARY KEY(source, attribute, target, text, opened)) WITHOUT ROWID;
INSERT INTO link_past VALUES(3,16,1,'',1,10);
INSERT INTO link_past VALUES(5,21,3,'',1,8);
INSERT INTO link_past VALUES(6,21,1,'',1,10);
INSERT INTO link_past VALUES(6,21,2,'',1,10);
INSERT INTO link_past VALUES(37,11,35,'',3,11);
INSERT INTO link_past VALUES(44,36,42,'',7,13);
CREATE TABLE IF NOT EXISTS "key"(
    "key" INTEGER NOT NULL,
    space INTEGER NOT NULL,
    value TEXT NOT NULL,
    object INTEGER NOT NULL,
    PRIMARY KEY("key", space, value, object)) WITHOUT ROWID;
INSERT INTO "key" VALUES(8,1,'1',33);
INSERT INTO "key" VALUES(8,1,'2',34);
INSERT INTO "key" VALUES(8,1,'3',35);
INSERT INTO "key" VALUES(8,1,'4',36);
INSERT INTO "key" VALUES(12,1,'all',37);
INSERT INTO "key" VALUES(12,1,'old',38);
CREATE TABLE reservation(
    attribute INTEGER NOT NULL,
    folded TEXT NOT NULL,
    value TEXT NOT NULL,
    owner TEXT NOT NULL,
    PRIMARY KEY(attribute, folded)) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS "commit"(
    number INTEGER PRIMARY KEY,
    time INTEGER NOT NULL,
    activity INTEGER NOT NULL,
    cause TEXT NOT NULL);
INSERT INTO "commit" VALUES(1,1795838120447006,2,'import hr');
INSERT INTO "commit" VALUES(2,1795838120447006,3,'import badges');
INSERT INTO "commit" VALUES(3,1795838120447006,5,'sync');
INSERT INTO "commit" VALUES(4,1795838120447006,6,'export directory');
INSERT INTO "commit" VALUES(5,1795838120447006,6,'export directory');
INSERT INTO "commit" VALUES(6,1795838120447006,6,'export directory');
INSERT INTO "commit" VALUES(7,1795838120447006,6,'export directory');
INSERT INTO "commit" VALUES(8,1795838120858808,9,'import hr');
INSERT INTO "commit" VALUES(9,1795838120858808,9,'import hr');
INSERT INTO "commit" VALUES(10,1795838120858808,12,'sync');
INSERT INTO "commit" VALUES(11,1795838120858808,12,'sync');
INSERT INTO "commit" VALUES(12,1795838120858808,12,'sync');
INSERT INTO "commit" VALUES(13,1795838120858808,13,'export directory');
CREATE TABLE change(
    commit_no INTEGER NOT NULL,
    object INTEGER NOT NULL,
    space INTEGER NOT NULL,
    type INTEGER NOT NULL,
    previous INTEGER NOT NULL,
    kind INTEGER NOT NULL,
    delta TEXT NOT NULL,
    PRIMARY KEY(commit_no, object)) WITHOUT ROWID;
INSERT INTO change VALUES(1,1,13,14,0,0,'66b2c568b6fbffc10e5573e811e034a6');
INSERT INTO change VALUES(1,2,13,14,0,0,'c658c0c6193d8f99879e45e06e316e58');
INSERT INTO change VALUES(1,3,13,14,0,0,'4a871ca99385effd60c96b3abbb7997e');
INSERT INTO change VALUES(1,4,13,14,0,0,'6a8fc638d57f1744b0f9894410e15074');
INSERT INTO change VALUES(1,5,13,19,0,0,'309d8dd0efbed6a9f685909a9a207bc9');
INSERT INTO change VALUES(1,6,13,19,0,0,'88dd98ab7956db9c3b8cd8cf8c69ec04');
INSERT INTO change VALUES(2,17,22,23,0,0,'6489e8fa328156c19a7c15e5dcdc927d');
INSERT INTO change VALUES(2,18,22,23,0,0,'4e14158cf5737db1533ea22d2a853163');
INSERT INTO change VALUES(3,1,13,14,1,1,'{"joined":[null,33]}');
INSERT INTO change VALUES(3,2,13,14,1,1,'{"joined":[null,34]}');
INSERT INTO change VALUES(3,3,13,14,1,1,'{"joined":[null,35]}');
INSERT INTO change VALUES(3,4,13,14,1,1,'{"joined":[null,36]}');
INSERT INTO change VALUES(3,5,13,19,1,1,'{"joined":[null,37]}');
INSERT INTO change VALUES(3,6,13,19,1,1,'{"joined":[null,38]}');
INSERT INTO change VALUES(3,17,22,23,2,1,'{"joined":[null,33]}');
INSERT INTO change VALUES(3,18,22,23,2,1,'{"joined":[null,39]}');
INSERT INTO change VALUES(3,33,1,2,0,0,'6f99e09543dbbc7cc7891791d838de51');
INSERT INTO change VALUES(3,34,1,2,0,0,'82481fc83e6adeb46a56cc0c1733b735');
INSERT INTO change VALUES(3,35,1,2,0,0,'33dbb59170ad85f7c157069b7d2ead39');
INSERT INTO change VALUES(3,36,1,2,0,0,'d64612a5c3a420471c49f706032c990c');
INSERT INTO change VALUES(3,37,1,9,0,0,'309d8dd0efbed6a9f685909a9a207bc9');
INSERT INTO change VALUES(3,38,1,9,0,0,'88dd98ab7956db9c3b8cd8cf8c69ec04');
INSERT INTO change VALUES(3,39,1,2,0,0,'dc7048f8f8747f561349cde127705c16');
INSERT INTO change VALUES(3,40,27,28,0,0,'dc7048f8f8747f561349cde127705c16');
INSERT INTO change VALUES(3,41,27,28,0,0,'dc7048f8f8747f561349cde127705c16');
INSERT INTO change VALUES(3,42,27,28,0,0,'dc7048f8f8747f561349cde127705c16');
INSERT INTO change VALUES(3,43,27,28,0,0,'dc7048f8f8747f561349cde127705c16');
INSERT INTO change VALUES(3,44,27,34,0,0,'dc7048f8f8747f561349cde127705c16');
INSERT INTO change VALUES(3,45,27,34,0,0,'dc7048f8f8747f561349cde127705c16');
INSERT INTO change VALUES(4,40,27,28,3,1,'{"state":["provisioning","normal"],"attributes":{"cn":[null,"Ann Lee"],"employeeNumber":[null,"1"],"sn":[null,"Ann Lee"],"telephoneNumber":[null,"111"]}}');
INSERT INTO change VALUES(5,41,27,28,3,1,'{"state":["provisioning","normal"],"attributes":{"cn":[null,"Bob Ray"],"employeeNumber":[null,"2"],"sn":[null,"Bob Ray"],"telephoneNumber":[null,"222"]},"links":{"manager":{"+":[40]}}}');
INSERT INTO change VALUES(5,42,27,28,3,1,'{"state":["provisioning","normal"],"attributes":{"cn":[null,"Cy Fox"],"employeeNumber":[null,"3"],"sn":[null,"Cy Fox"],"telephoneNumber":[null,"333"]},"links":{"manager":{"+":[40]}}}');
INSERT INTO change VALUES(6,43,27,28,3,1,'{"state":["provisioning","normal"],"attributes":{"cn":[null,"Di Joy"],"employeeNumber":[null,"4"],"sn":[null,"Di Joy"]},"links":{"manager":{"+":[41]}}}');
INSERT INTO change VALUES(7,44,27,34,3,1,'{"state":["provisioning","normal"],"attributes":{"cn":[null,"all"]},"links":{"member":{"+":[40,41,42,43]}}}');
INSERT INTO change VALUES(7,45,27,34,3,1,'{"state":["provisioning","normal"],"attributes":{"cn":[null,"old"]},"links":{"member":{"+":[40,41]}}}');
INSERT INTO change VALUES(8,5,13,19,3,1,'{"links":{"members":{"-":[3]}}}');
INSERT INTO change VALUES(9,3,13,14,3,1,'{"state":["normal","gone"]}');
INSERT INTO change VALUES(9,6,13,19,3,1,'{"state":["normal","gone"]}');
INSERT INTO change VALUES(10,3,13,14,9,2,'{"anchor":["3",""],"name":["",""],"state":["gone","gone"],"joined":[35,null],"attributes":{"id":["3",null],"name":["Cy Fox",null],"phone":["333",null]},"links":{"manager":{"-":[1]}}}');
INSERT INTO change VALUES(10,6,13,19,9,2,'{"anchor":["old",""],"name":["",""],"state":["gone","gone"],"joined":[38,null],"attributes":{"id":["old",null]},"links":{"members":{"-":[1,2]}}}');
INSERT INTO change VALUES(11,37,1,9,3,1,'{"links":{"members":{"-":[35]}}}');
INSERT INTO change VALUES(12,35,1,2,3,1,'{"state":["normal","leaving"]}');
INSERT INTO change VALUES(12,38,1,9,3,1,'{"state":["normal","leaving"]}');
INSERT INTO change VALUES(13,44,27,34,7,1,'{"links":{"member":{"-":[42]}}}');
CREATE TABLE export(
    object INTEGER PRIMARY KEY,
    space INTEGER NOT NULL,
    type INTEGER NOT NULL,
    kind INTEGER NOT NULL,
    state INTEGER NOT NULL,
    released INTEGER NOT NULL,
    attempts INTEGER NOT NULL,
    cause INTEGER NOT NULL,
    planned INTEGER NOT NULL,
    error TEXT NOT NULL,
    delta TEXT NOT NULL);
INSERT INTO export VALUES(45,27,34,3,2,0,0,6,12,'','');
CREATE TABLE export_link(
    object INTEGER NOT NULL,
    attribute INTEGER NOT NULL,
    "add" INTEGER NOT NULL,
    target INTEGER NOT NULL,
    text TEXT NOT NULL,
    state INTEGER NOT NULL,
    released INTEGER NOT NULL,
    PRIMARY KEY(object, attribute, "add", target, text)) WITHOUT ROWID;
CREATE TABLE activity(
    id INTEGER PRIMARY KEY,
    parent INTEGER,
    kind TEXT NOT NULL,
    system TEXT NOT NULL,
    status TEXT NOT NULL,
    started INTEGER NOT NULL,
    ended INTEGER,
    counters TEXT NOT NULL,
    message TEXT NOT NULL);
INSERT INTO activity VALUES(1,NULL,'run','','done',1795838120447006,1795838120812289,'{}','');
INSERT INTO activity VALUES(2,1,'import','hr','done',1795838120447006,1795838120479692,'{"created":6,"read":6}','');
INSERT INTO activity VALUES(3,1,'import','badges','done',1795838120447006,1795838120450362,'{"created":2,"read":2}','');
INSERT INTO activity VALUES(4,1,'import','directory','done',1795838120447006,1795838120449516,'{}','');
INSERT INTO activity VALUES(5,1,'sync','','done',1795838120447006,1795838120469399,'{"exports planned":6,"joined":1,"link additions planned":9,"links added":9,"projected":7,"provisioned":6}','everything, because the rules changed');
INSERT INTO activity VALUES(6,1,'export','directory','done',1795838120447006,1795838120723046,'{"added":6}','');
INSERT INTO activity VALUES(7,1,'confirm','directory','done',1795838120447006,1795838120464281,'{"confirmed":6,"read":6,"unchanged":6}','');
INSERT INTO activity VALUES(8,NULL,'run','','held',1795838120858808,1795838120930543,'{}','');
INSERT INTO activity VALUES(9,8,'import','hr','done',1795838120858808,1795838120865143,'{"gone":2,"read":4,"unchanged":3,"updated":1}','');
INSERT INTO activity VALUES(10,8,'import','badges','done',1795838120858808,1795838120861160,'{"read":2,"unchanged":2}','');
INSERT INTO activity VALUES(11,8,'import','directory','done',1795838120858808,1795838120862512,'{"read":6,"unchanged":6}','');
INSERT INTO activity VALUES(12,8,'sync','','held',1795838120858808,1795838120879800,'{"changed":3,"disconnected":2,"exports planned":1,"held":1,"link removals planned":1,"links removed":1}','');
INSERT INTO activity VALUES(13,8,'export','directory','done',1795838120858808,1795838120875522,'{"modified":1}','');
INSERT INTO activity VALUES(14,8,'confirm','directory','done',1795838120858808,1795838120863911,'{"confirmed":1,"read":1,"unchanged":1}','');
INSERT INTO activity VALUES(15,NULL,'run','','held',1795838121002051,1795838121058765,'{}','');
INSERT INTO activity VALUES(16,15,'import','hr','done',1795838121002051,1795838121006495,'{"read":4,"unchanged":4}','');
INSERT INTO activity VALUES(17,15,'import','badges','done',1795838121002051,1795838121007965,'{"read":2,"unchanged":2}','');
INSERT INTO activity VALUES(18,15,'import','directory','done',1795838121002051,1795838121006039,'{"read":6,"unchanged":6}','');
INSERT INTO activity VALUES(19,15,'sync','','held',1795838121002051,1795838121008278,'{"held":1}','');
CREATE TABLE item(
    id INTEGER PRIMARY KEY,
    activity INTEGER NOT NULL,
    object INTEGER NOT NULL,
    system TEXT NOT NULL,
    type TEXT NOT NULL,
    anchor TEXT NOT NULL,
    code TEXT NOT NULL,
    message TEXT NOT NULL,
    place TEXT NOT NULL);
CREATE TABLE follower(name TEXT PRIMARY KEY, position INTEGER NOT NULL) WITHOUT ROWID;
INSERT INTO follower VALUES('sync badges',13);
INSERT INTO follower VALUES('sync directory',13);
INSERT INTO follower VALUES('sync hr',13);
CREATE TABLE meta(name TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID;
INSERT INTO meta VALUES('configuration digest','9208b6a939abc58f51944285744a07a5');
INSERT INTO meta VALUES('unfinished import of badges','');
INSERT INTO meta VALUES('unfinished import of directory','');
INSERT INTO meta VALUES('unfinished import of hr','');
INSERT INTO meta VALUES('unfinished sync','');
CREATE TABLE pattern(id INTEGER PRIMARY KEY, text TEXT NOT NULL UNIQUE);
INSERT INTO pattern VALUES(1,'{"id":"hr-people","name":"hr-people","phone":"hr-people","staff":"hr-people"}');
INSERT INTO pattern VALUES(2,'{"id":"hr-people","name":"hr-people","staff":"hr-people"}');
INSERT INTO pattern VALUES(3,'{"id":"hr-teams"}');
CREATE TABLE sequence(name TEXT PRIMARY KEY, next INTEGER NOT NULL) WITHOUT ROWID;
INSERT INTO sequence VALUES('activity',20);
INSERT INTO sequence VALUES('object',49);
CREATE TABLE population(
    space INTEGER NOT NULL,
    type INTEGER NOT NULL,
    attribute INTEGER NOT NULL,
    count INTEGER NOT NULL,
    PRIMARY KEY(space, type, attribute)) WITHOUT ROWID;
INSERT INTO population VALUES(1,2,0,5);
INSERT INTO population VALUES(1,2,4,3);
INSERT INTO population VALUES(1,9,0,2);
INSERT INTO population VALUES(1,9,11,5);
INSERT INTO population VALUES(13,14,0,3);
INSERT INTO population VALUES(13,14,16,2);
INSERT INTO population VALUES(13,19,0,1);
INSERT INTO population VALUES(13,19,21,3);
INSERT INTO population VALUES(22,23,0,2);
INSERT INTO population VALUES(27,28,0,4);
INSERT INTO population VALUES(27,28,31,3);
INSERT INTO population VALUES(27,34,0,2);
INSERT INTO population VALUES(27,34,36,5);
CREATE INDEX object_type ON object(type);
CREATE UNIQUE INDEX object_anchor ON object(type, anchor) WHERE anchor IS NOT NULL;
CREATE INDEX object_name ON object(name_key) WHERE name_key IS NOT NULL;
CREATE INDEX object_joined ON object(joined, type) WHERE joined IS NOT NULL;
CREATE INDEX object_due ON object(due) WHERE due IS NOT NULL;
CREATE INDEX object_gone ON object(space) WHERE (flags & 7) = 2;
CREATE INDEX object_retry ON object(space) WHERE (flags & 16) <> 0;
CREATE INDEX link_target ON link(target, attribute, source);
CREATE INDEX link_past_target ON link_past(target, attribute, source);
CREATE UNIQUE INDEX reservation_owner ON reservation(attribute, owner);
CREATE INDEX change_erased ON change(object) WHERE kind = 2;
CREATE INDEX export_space ON export(space, state);
CREATE INDEX export_limited ON export(space, type, kind) WHERE kind <> 0;
CREATE INDEX export_link_removal ON export_link(object)
    WHERE "add" = 0 AND (target = 0 OR text = '');
CREATE INDEX activity_parent ON activity(parent) WHERE parent IS NOT NULL;
CREATE INDEX item_activity ON item(activity);
COMMIT;
