"""«Холод-Сервис», the demo's company: whom it serves, what it looks after, who works there. All of it is made up;
only the addresses and their coordinates are real."""

from dataclasses import dataclass

Names = dict[str, str]

COMPANY = {
    "name": "Холод-Сервис",
    "legal_name": "ООО «Холод-Сервис»",
    "inn": "7701234560",
    "kpp": "770101001",
    "address": "125009, г. Москва, ул. Тверская, д. 1, оф. 5",
    "bank": "АО «Демобанк», р/с 40702810900000000001, БИК 044525000",
    "phone": "+74950000101",
    "email": "hello@example.com",
    "zone": "Europe/Moscow",
    "colour": "#1f6feb",
    "vat_rate": "22",
}

SKILLS: dict[str, Names] = {
    "hvac": {"ru": "Кондиционеры и вентиляция", "en": "Air conditioning"},
    "fridge": {"ru": "Холодильное оборудование", "en": "Refrigeration"},
    "coffee": {"ru": "Кофемашины", "en": "Coffee machines"},
    "medical": {"ru": "Медицинский холод", "en": "Medical refrigeration"},
}

AREAS = (
    ("Центр", 55.7558, 37.6173, 5.5),
    ("Север", 55.8450, 37.5700, 10.0),
    ("Юг", 55.6500, 37.6000, 11.0),
    ("Запад", 55.7200, 37.4400, 9.0),
    ("Восток", 55.7900, 37.7900, 9.0),
)


@dataclass(frozen=True, slots=True)
class Person:
    """A member of the desk. `user_id` is the Telegram account in the simulator."""

    user_id: int
    name: str
    phone: str
    role: str
    post: str
    skills: tuple[tuple[str, int], ...] = ()
    areas: tuple[str, ...] = ()
    home: tuple[float, float] | None = None
    rate: int = 0
    on_duty: bool = True


PEOPLE = (
    Person(7001, "Ольга Крылова", "+79160000001", "admin", "Старший диспетчер"),
    Person(7002, "Тимур Сафин", "+79160000002", "dispatcher", "Диспетчер"),
    Person(7003, "Вера Лапина", "+79160000003", "dispatcher", "Диспетчер"),
    Person(7101, "Пётр Иванов", "+79160000101", "technician", "Ведущий инженер",
           (("hvac", 5), ("fridge", 4)), ("Центр", "Север"), (55.7770, 37.5860), 900),
    Person(7102, "Рустам Ахметов", "+79160000102", "technician", "Инженер",
           (("fridge", 5), ("medical", 3)), ("Центр", "Юг"), (55.7310, 37.6370), 850),
    Person(7103, "Олеся Смирнова", "+79160000103", "technician", "Инженер",
           (("coffee", 5), ("fridge", 3)), ("Центр", "Север", "Восток"), (55.7720, 37.6550), 820),
    Person(7104, "Андрей Ким", "+79160000104", "technician", "Инженер",
           (("hvac", 4), ("coffee", 3)), ("Юг", "Запад"), (55.6930, 37.5600), 800),
    Person(7105, "Денис Орлов", "+79160000105", "technician", "Мастер",
           (("fridge", 4), ("hvac", 3)), ("Запад",), (55.7050, 37.4350), 700),
    Person(7106, "Марат Гареев", "+79160000106", "technician", "Мастер",
           (("hvac", 4),), ("Север",), (55.8480, 37.4480), 700),
    Person(7107, "Илья Носов", "+79160000107", "technician", "Мастер",
           (("coffee", 4),), ("Юг", "Центр"), (55.6680, 37.5800), 680),
    Person(7108, "Сергей Волков", "+79160000108", "technician", "Мастер",
           (("fridge", 3), ("medical", 5)), ("Восток", "Центр"), (55.8010, 37.7900), 760),
    Person(7109, "Наталья Белова", "+79160000109", "technician", "Мастер",
           (("hvac", 3), ("fridge", 3)), ("Юг",), (55.6220, 37.6050), 690),
    Person(7110, "Григорий Чен", "+79160000110", "technician", "Мастер",
           (("coffee", 3), ("hvac", 2)), ("Север",), (55.8120, 37.6350), 650, on_duty=False),
    Person(7111, "Артём Дьяков", "+79160000111", "technician", "Стажёр",
           (("hvac", 1), ("fridge", 1)), (), (55.7600, 37.7000), 400, on_duty=False),
    Person(7112, "Лев Тарасов", "+79160000112", "technician", "Мастер",
           (("medical", 4), ("fridge", 4)), ("Центр", "Запад"), (55.7450, 37.5300), 740, on_duty=False),
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Site:
    name: str
    address: str
    lat: float
    lon: float
    hint: str = ""
    branch: str | None = None
    assets: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Contact:
    """`user_id` is the Telegram account in the simulator, None for people who only call."""

    name: str
    phone: str
    post: str
    user_id: int | None = None
    branch: str | None = None


@dataclass(frozen=True, slots=True)
class Customer:
    name: str
    legal_name: str
    inn: str
    address: str
    segment: str
    sites: tuple[Site, ...]
    contacts: tuple[Contact, ...]
    branches: tuple[str, ...] = ()


CUSTOMERS = (
    Customer(
        "Кофейня на Лесной", "ООО «Кофейня на Лесной»", "7709876545", "127055, г. Москва, ул. Лесная, д. 7", "кафе",
        (
            Site("Кофейня на Лесной", "ул. Лесная, 7", 55.7796, 37.5915, "1 этаж, вход со двора, код 45К", "Центр",
                 ("split", "coffee", "showcase")),
            Site("Кофейня на Мясницкой", "ул. Мясницкая, 24/7 с1", 55.7638, 37.6362, "вывеска с чашкой", "Центр",
                 ("split", "coffee")),
            Site("Кофейня на Пятницкой", "ул. Пятницкая, 18 с1", 55.7416, 37.6281, "", "Юг", ("coffee", "showcase")),
            Site("Кофейня на Ленинском", "Ленинский проспект, 66", 55.6956, 37.5563, "подвал, звонок справа", "Юг",
                 ("split", "coffee", "icemaker")),
        ),
        (Contact("Елена Соколова", "+79250000201", "управляющая", 7201),
         Contact("Игорь Панин", "+79250000202", "старший бариста, Юг", 7202, "Юг")),
        ("Центр", "Юг"),
    ),
    Customer(
        "Аптеки «Ромашка»", "АО «Ромашка»", "7705551232", "125009, г. Москва, ул. Тверская, д. 17", "аптеки",
        (
            Site("Аптека № 12", "ул. Тверская, 17", 55.7648, 37.6057, "служебный вход с переулка", None,
                 ("medfridge", "split")),
            Site("Аптека № 18", "ул. Маросейка, 9/2 с1", 55.7576, 37.6349, "", None, ("medfridge", "split")),
            Site("Аптека № 31", "ул. Профсоюзная, 45", 55.6698, 37.5621, "у метро", None, ("medfridge",)),
            Site("Аптека № 44", "Щёлковское шоссе, 56", 55.8096, 37.7986, "", None, ("medfridge", "split")),
        ),
        (Contact("Марина Дёмина", "+79250000203", "заведующая сетью", 7203),),
    ),
    Customer(
        "Продсклад", "ООО «Продсклад»", "7729001125", "121471, г. Москва, ул. Рябиновая, д. 43", "склады",
        (
            Site("Склад Очаково", "ул. Рябиновая, 43", 55.6992, 37.4243, "пропуск на вторых воротах", None,
                 ("coldroom", "coldroom", "split")),
            Site("Склад Южный", "Варшавское шоссе, 129", 55.6197, 37.6126, "рампа 4", None, ("coldroom", "coldroom")),
        ),
        (Contact("Борис Аверин", "+79250000204", "главный инженер", 7204),),
    ),
    Customer(
        "ТЦ «Меридиан»", "ООО «Меридиан-Эстейт»", "7728004211", "117485, г. Москва, ул. Профсоюзная, д. 61А", "ТЦ",
        (Site("ТЦ «Меридиан»", "ул. Профсоюзная, 61А", 55.6565, 37.5402, "диспетчерская на −1", None,
              ("split", "split", "chiller", "chiller")),),
        (Contact("Олег Жданов", "+79250000205", "служба эксплуатации"),),
    ),
    Customer(
        "Пекарня «Колос»", "ООО «Колос»", "7715002288", "127015, г. Москва, ул. Бутырская, д. 76", "кафе",
        (
            Site("Колос на Бутырской", "ул. Бутырская, 76 с1", 55.8045, 37.5874, "", None, ("showcase", "split")),
            Site("Колос на проспекте Мира", "проспект Мира, 112", 55.8060, 37.6383, "вход с торца", None,
                 ("showcase", "coffee")),
            Site("Колос на Сходненской", "ул. Сходненская, 50", 55.8503, 37.4396, "", None, ("showcase", "icemaker")),
        ),
        (Contact("Анна Зайцева", "+79250000206", "технолог", 7206),),
    ),
    Customer(
        "Клиника «Здоровье рядом»", "ООО «Здоровье рядом»", "7707001234",
        "127055, г. Москва, ул. Новослободская, д. 23", "медицина",
        (
            Site("Клиника на Новослободской", "ул. Новослободская, 23", 55.7797, 37.6010, "3 этаж, бахилы", None,
                 ("medfridge", "split", "split")),
            Site("Клиника на Таганской", "ул. Таганская, 32", 55.7398, 37.6660, "", None, ("medfridge", "split")),
        ),
        (Contact("Юлия Руднева", "+79250000207", "завхоз"),),
    ),
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class AssetKind:
    """`models` are handed out in turn; `criticality` as in `assets`."""

    name: Names
    skill: str
    checklist: str
    title: str
    models: tuple[str, ...]
    criticality: int


ASSET_KINDS = {
    "split": AssetKind({"ru": "Сплит-система", "en": "Split system"}, "hvac", "split", "Сплит-система",
                       ("Daikin FTXB35C", "Mitsubishi MSZ-HR35", "LG S12EQ"), 1),
    "chiller": AssetKind({"ru": "Чиллер", "en": "Chiller"}, "hvac", "split", "Чиллер", ("Clivet WSAN-XEE 81",), 3),
    "showcase": AssetKind({"ru": "Холодильная витрина", "en": "Display fridge"}, "fridge", "fridge", "Витрина",
                          ("Polair D4", "Carboma VS-1,3"), 2),
    "coldroom": AssetKind({"ru": "Холодильная камера", "en": "Cold room"}, "fridge", "fridge", "Камера",
                          ("Ариада КХН-11", "Polair Standard"), 3),
    "icemaker": AssetKind({"ru": "Льдогенератор", "en": "Ice maker"}, "fridge", "fridge", "Льдогенератор",
                          ("Brema CB 316",), 1),
    "coffee": AssetKind({"ru": "Кофемашина", "en": "Coffee machine"}, "coffee", "coffee", "Кофемашина",
                        ("La Marzocco Linea PB", "Nuova Simonelli Appia"), 3),
    "medfridge": AssetKind({"ru": "Фармацевтический холодильник", "en": "Pharmacy fridge"}, "medical", "fridge",
                           "Холодильник", ("Pozis ХФ-400", "Liebherr MKv 3910"), 3),
}  # fmt: skip


def _item(code: str, ru: str, en: str, kind: str, **more: object) -> dict[str, object]:
    return {"code": code, "text": {"ru": ru, "en": en}, "type": kind, **more}


CHECKLISTS: dict[str, tuple[Names, list[dict[str, object]]]] = {
    "split": (
        {"ru": "Кондиционер: осмотр", "en": "Air conditioner: inspection"},
        [
            _item("filters", "Фильтры чистые?", "Are the filters clean?", "yesno", required=True),
            _item("pressure", "Давление всасывания", "Suction pressure", "number", required=True, unit="бар", min=4.0,
                  max=9.5, hint={"ru": "Норма для R-410A: 4–9,5 бар", "en": "R-410A: 4–9.5 bar"}),
            _item("delta", "Перепад температуры", "Temperature difference", "number", required=True, unit="°C",
                  min=8, max=20,
                  hint={"ru": "Вход минус выход, через 10 минут работы", "en": "In minus out after 10 minutes"}),
            _item("drain", "Дренаж", "Drain", "choice", required=True, choices=[
                {"code": "ok", "text": {"ru": "Свободен", "en": "Free"}},
                {"code": "slow", "text": {"ru": "Течёт медленно", "en": "Slow"}},
                {"code": "blocked", "text": {"ru": "Засорён", "en": "Blocked"}}]),
            _item("note", "Что заметили ещё", "Anything else", "text"),
        ],
    ),
    "fridge": (
        {"ru": "Холодильное оборудование: осмотр", "en": "Refrigeration: inspection"},
        [
            _item("temp", "Температура внутри", "Temperature inside", "number", required=True, unit="°C", min=-25,
                  max=8, hint={"ru": "Через 15 минут после пуска", "en": "15 minutes after the start"}),
            _item("seal", "Уплотнитель целый?", "Is the seal whole?", "yesno", required=True, opens=True),
            _item("condenser", "Конденсатор чистый?", "Is the condenser clean?", "yesno", required=True),
            _item("current", "Ток компрессора", "Compressor current", "number", unit="А", min=0.5, max=12,
                  phone="+79160000101", hint={"ru": "Сомневаетесь — спросите ведущего инженера",
                                              "en": "In doubt, ask the lead engineer"}),
            _item("photo", "Фото таблички с номером", "Photo of the nameplate", "photo"),
        ],
    ),
    "coffee": (
        {"ru": "Кофемашина: осмотр", "en": "Coffee machine: inspection"},
        [
            _item("pressure", "Давление помпы", "Pump pressure", "number", required=True, unit="бар", min=8, max=10,
                  hint={"ru": "Норма 9 бар при проливе", "en": "9 bar while brewing"}),
            _item("temp", "Температура бойлера", "Boiler temperature", "number", required=True, unit="°C", min=90,
                  max=128),
            _item("leaks", "Протечек нет?", "No leaks?", "yesno", required=True),
            _item("water", "Жёсткость воды", "Water hardness", "choice", required=True, choices=[
                {"code": "soft", "text": {"ru": "Мягкая", "en": "Soft"}},
                {"code": "hard", "text": {"ru": "Жёсткая, нужен фильтр", "en": "Hard, a filter is needed"}}]),
        ],
    ),
}  # fmt: skip

PRICES = (
    ("work", "W-VISIT", "Выезд мастера (до 30 км)", "усл.", "900"),
    ("work", "W-DIAG", "Диагностика с замером давления", "усл.", "1500"),
    ("work", "W-FILL", "Заправка хладагентом, работа", "усл.", "1800"),
    ("work", "W-CLEAN", "Чистка теплообменника внутреннего блока", "шт.", "2350.50"),
    ("work", "W-PUMP", "Замена дренажной помпы", "усл.", "2600"),
    ("work", "W-COMP", "Замена компрессора", "усл.", "9800"),
    ("work", "W-LEAK", "Поиск и устранение утечки", "усл.", "3400"),
    ("work", "W-SEAL", "Замена уплотнителя двери", "шт.", "1700"),
    ("work", "W-THERMO", "Замена и настройка термостата", "шт.", "1900"),
    ("work", "W-DESCALE", "Декальцинация кофемашины", "усл.", "2900"),
    ("work", "W-GROUP", "Ремонт группы кофемашины", "шт.", "3200"),
    ("work", "W-HOUR", "Дополнительный час работы", "ч", "1200"),
    ("work", "W-ENG", "Час инженера", "ч", "1600"),
    ("work", "W-FIT", "Час монтажника", "ч", "1100"),
    ("material", "M-R410A", "Фреон R-410A", "кг", "4200"),
    ("material", "M-R134A", "Фреон R-134a", "кг", "3900"),
    ("material", "M-PUMP", "Помпа дренажная Aspen Mini Orange", "шт.", "9870"),
    ("material", "M-TUBE", "Трасса медная 1/4″–3/8″ с изоляцией", "м", "1180"),
    ("material", "M-CABLE", "Кабель ВВГнг-LS 3×1,5", "м", "95.40"),
    ("material", "M-FILTER", "Фильтр-осушитель", "шт.", "640"),
    ("material", "M-THERMO", "Термостат электронный", "шт.", "2150"),
    ("material", "M-SEAL", "Уплотнитель двери", "м", "780"),
    ("material", "M-FAN", "Вентилятор конденсатора", "шт.", "3300"),
    ("material", "M-GASKET", "Прокладка группы 8,5 мм", "шт.", "310"),
    ("material", "M-WATER", "Картридж водоподготовки", "шт.", "4100"),
    ("material", "M-CAP", "Конденсатор пусковой 35 мкФ", "шт.", "890"),
)

HOURLY = frozenset({"W-ENG", "W-FIT"})

VAN = {
    "M-R410A": "14",
    "M-R134A": "8",
    "M-FILTER": "8",
    "M-CABLE": "20",
    "M-TUBE": "10",
    "M-CAP": "4",
    "M-THERMO": "12",
    "M-GASKET": "14",
    "M-SEAL": "16",
}
STORE_PLACE = ("Склад на Тверской", "Москва, ул. Тверская, 18, корп. 1", 55.7657, 37.6056)
STORE = {code: "500" for kind, code, *_ in PRICES if kind == "material"}

BOTS = {
    "customer": ("8100001:DEMO-customer-000000000000000000000", "holod_service_bot", "Холод-Сервис"),
    "technician": ("8100002:DEMO-technician-0000000000000000000", "holod_master_bot", "Холод-Сервис: мастер"),
    "dispatcher": ("8100003:DEMO-dispatcher-0000000000000000000", "holod_desk_bot", "Холод-Сервис: диспетчерская"),
}
GROUP = "Диспетчерская «Холод-Сервис»"
STRANGER = (7301, "Гость", "+79260000301")
