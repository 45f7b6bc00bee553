"""The demo catalogue as lines of a catalogue: what can be bought in the demo, and at what price.

Services, resource types, units and codes are those of the official SDK's documentation. Prices that
are published somewhere stand in `PUBLISHED`; all others are samples of a plausible size. The same
inputs give the same bytes.
"""

import hashlib
from decimal import Decimal

# From when on the demo's prices hold.
SINCE = "2024-01-01T00:00:00Z"

PERIODIC, ON_DEMAND = 1, 3
MONTH, YEAR = 2, 3
HOUR, GIGABYTE, COUNT, MEGABIT, GIGABYTES_OF_SIZE = 4, 10, 14, 15, 17

# A year is sold for as much as so many months.
MONTHS_OF_A_YEAR = 10

SERVICES = [
    # code after `hws.service.type.`, Chinese, English, abbreviation
    ("ec2", "弹性云服务器", "Elastic Cloud Server", "ECS"),
    ("ebs", "云硬盘", "Elastic Volume Service", "EVS"),
    ("vpc", "虚拟私有云", "Virtual Private Cloud", "VPC"),
    ("obs", "对象存储服务", "Object Storage Service", "OBS"),
    ("rds", "云数据库RDS", "Relational Database Service", "RDS"),
    ("cdn", "内容分发网络", "Content Delivery Network", "CDN"),
    ("cfw", "云防火墙", "Cloud Firewall", "CFW"),
    ("modelarts", "AI开发平台", "ModelArts", "ModelArts"),
]

RESOURCES = [
    # code after `hws.resource.type.`, service, Chinese, English
    ("vm", "ec2", "云主机", "Cloud server"),
    ("vm.image", "ec2", "镜像许可", "Image licence"),
    ("volume", "ebs", "云硬盘", "EVS disk"),
    ("ip", "vpc", "弹性公网IP", "Elastic IP"),
    ("bandwidth", "vpc", "带宽", "Bandwidth"),
    ("share_bandwidth", "vpc", "共享带宽", "Shared bandwidth"),
    ("obs", "obs", "对象存储", "Object storage"),
    ("rds.vm", "rds", "数据库实例", "Database instance"),
    ("rds.volume", "rds", "数据库存储空间", "Database storage"),
    ("cdn", "cdn", "CDN加速", "Content delivery"),
    ("cfw", "cfw", "云防火墙", "Cloud firewall"),
    ("modelarts", "modelarts", "计算资源", "Compute resources"),
]

SERVICE_OF = {resource: service for resource, service, _, _ in RESOURCES}

DURATION = ("Duration", "时长", "Duration")
UPFLOW = ("upflow", "上行流量", "Outbound traffic")
PEAK_95 = ("95Peak", "95峰值带宽", "95th percentile bandwidth")
REQUESTS = ("reqNumber", "调用次数", "Requests")

USAGES = [
    ("vm", DURATION),
    ("vm.image", DURATION),
    ("volume", DURATION),
    ("ip", DURATION),
    ("bandwidth", DURATION),
    ("bandwidth", UPFLOW),
    ("bandwidth", PEAK_95),
    ("share_bandwidth", DURATION),
    ("obs", DURATION),
    ("obs", UPFLOW),
    ("obs", REQUESTS),
    ("rds.vm", DURATION),
    ("rds.volume", DURATION),
    ("cdn", UPFLOW),
    ("cdn", PEAK_95),
    ("cfw", ("usage_duration", "使用时长", "Usage duration")),
    ("modelarts", DURATION),
]

MEASURES = [
    # id, type, Chinese, English, abbreviation. 12 and 13 are inferred from their neighbours, as the
    # periods 19, 24, 25 and 5 are from the bills that name them.
    (0, 2, "天", "Day", "d"),
    (1, 1, "元", "CNY", "Y"),
    (4, 2, "小时", "Hour", "h"),
    (5, 10, "一次性", "One-off", "once"),
    (10, 3, "GB", "GB", "G"),
    (11, 3, "MB", "MB", "M"),
    (12, 3, "KB", "KB", "K"),
    (13, 3, "Byte", "Byte", "B"),
    (14, 12, "个", "Count", "count"),
    (15, 16, "Mbit/s", "Mbit/s", "Mbit/s"),
    (17, 7, "GB", "GB", "G"),
    (19, 10, "年", "Year", "y"),
    (20, 10, "月", "Month", "mon"),
    (24, 10, "天", "Day", "d"),
    (25, 10, "小时", "Hour", "h"),
]

CONVERSIONS = [
    # measure, ratio, measure it is converted to, type; that of GB to MB is published
    (10, 1024, 11, 3),
    (10, 1024 * 1024, 12, 3),
    (11, 1024, 12, 3),
    (12, 1024, 13, 3),
    (0, 24, 4, 2),
    (19, 12, 20, 10),
    (24, 24, 25, 10),
]

REGIONS = [
    # code, Chinese, English, letters of the zones, price level in per cent;
    # None where only published products are sold
    ("cn-north-4", "华北-北京四", "CN North-Beijing4", "abcg", 100),
    ("cn-east-3", "华东-上海一", "CN East-Shanghai1", "abcd", 100),
    ("cn-south-1", "华南-广州", "CN South-Guangzhou", "cef", 104),
    ("cn-north-1", "华北-北京一", "CN North-Beijing1", "abc", None),
    ("cn-east-2", "华东-上海二", "CN East-Shanghai2", "abcd", None),
    ("la-north-2", "拉美-墨西哥城二", "LA-Mexico City2", "abc", None),
]

SERVERS = [
    # flavour, Chinese, English, vCPUs, GB of memory, price of a month and of an hour
    ("s6.small.1", "通用计算型", "General computing", 1, 1, "32.20", "0.074"),
    ("s6.medium.2", "通用计算型", "General computing", 1, 2, "54.80", "0.126"),
    ("s6.large.2", "通用计算型", "General computing", 2, 4, "109.60", "0.252"),
    ("s6.xlarge.2", "通用计算型", "General computing", 4, 8, "219.20", "0.504"),
    ("s6.xlarge.4", "通用计算型", "General computing", 4, 16, "318.40", "0.732"),
    ("c6.large.2", "通用计算增强型", "General computing-plus", 2, 4, "186.20", "0.428"),
    ("c6.xlarge.2", "通用计算增强型", "General computing-plus", 4, 8, "372.40", "0.856"),
    ("c6.2xlarge.2", "通用计算增强型", "General computing-plus", 8, 16, "744.80", "1.712"),
    ("c7.large.2", "通用计算增强型", "General computing-plus", 2, 4, "211.70", "0.487"),
    ("m6.large.8", "内存优化型", "Memory-optimized", 2, 16, "324.50", "0.746"),
]

# What Windows adds to a server, of a month and of an hour.
WINDOWS = ("25.00", "0.058")

DISKS = [
    # spec, Chinese, English, price of a GB for a month and for an hour
    ("SAS", "高IO", "High I/O", "0.35", "0.00049"),
    ("GPSSD", "通用型SSD", "General Purpose SSD", "0.70", "0.00098"),
    ("SSD", "超高IO", "Ultra-high I/O", "1.00", "0.0014"),
    ("ESSD", "极速型SSD", "Extreme SSD", "2.00", "0.0028"),
]

DATABASES = [
    # flavour, Chinese, English, price of a month and of an hour
    ("rds.mysql.n1.large.2", "MySQL 单机 2核4GB", "MySQL single, 2C 4 GB", "245.00", "0.56"),
    ("rds.mysql.n1.large.2.ha", "MySQL 主备 2核4GB", "MySQL HA, 2C 4 GB", "490.00", "1.12"),
    ("rds.mysql.x1.xlarge.4.ha", "MySQL 主备 4核16GB", "MySQL HA, 4C 16 GB", "1460.00", "3.35"),
    ("rds.pg.n1.large.2.ha", "PostgreSQL 主备 2核4G", "PostgreSQL HA, 2C 4G", "520.00", "1.19"),
]

POLICIES = [
    # service, incentive policy, whether a partner may grant a discount, from, to
    ("ec2", "0", "YES", SINCE, None),
    ("ebs", "0", "YES", SINCE, None),
    ("vpc", "0", "YES", SINCE, None),
    ("obs", "0", "YES", SINCE, None),
    ("rds", "0", "YES", SINCE, None),
    ("cdn", "0", "YES", SINCE, "2026-06-30T16:00:00Z"),
    ("cdn", "1", "NO", "2026-06-30T16:00:00Z", None),
    ("cfw", "13", "YES", SINCE, None),
    ("modelarts", "2", "NO", SINCE, None),
]

HOURS = ("Duration", HOUR)
DEMO_TENANT, DEMO_CUSTOMER = "demo-distributor", "95212c372a93278eb653bdf5ae8a684a"

# Products whose price someone published; in yuan here, whatever the currency was there.
PUBLISHED = [
    # resource, spec, region, size measure, price's unit (a period, or usage factor and measure),
    # price, product id where it is known
    ("vm", "s6.small.1.linux", "cn-east-2", None, MONTH, "32.2", "00301-233164-0--0"),
    # Published together with a price of 3.5 for a specification that is not named there.
    ("modelarts", "modelarts.vm.cpu.8u", "cn-north-4", COUNT, HOURS, "7.41", None),
    ("modelarts", "modelarts.vm.cpu.4u", "cn-north-4", COUNT, HOURS, "3.5", None),
    ("cfw", "cfw.professional", "la-north-2", None, MONTH, "1450.00", "OFFI740927445305384960"),
    ("cfw", "cfw.professional", "la-north-2", None, ("usage_duration", HOUR), "0.36",
     "OFFI896227341816221701"),
    ("cfw", "cfw.standard", "la-north-2", None, MONTH, "420.00", "OFFI740927445305384966"),
    ("bandwidth", "12_bgp", "la-north-2", None, ("upflow", GIGABYTE), "0.081", None),
    ("vm", "m6.3xlarge.8.linux", "la-north-2", None, MONTH, "356.36", "OFFI959429066893660167"),
    ("vm", "m6.3xlarge.8.linux", "la-north-2", None, HOURS, "0.678", "OFFI588674131579551746"),
    ("vm", "c6.3xlarge.4.linux", "la-north-2", None, MONTH, "271.21", "OFFI959429066461646854"),
    ("vm", "c6.3xlarge.4.linux", "la-north-2", None, HOURS, "0.516", "OFFI579285845618147346"),
    ("vm", "s6.xlarge.4.linux", "la-north-2", None, MONTH, "63.07", "OFFI959429065966718979"),
    ("vm", "s6.xlarge.4.linux", "la-north-2", None, HOURS, "0.120", "OFFI579284585010589711"),
    ("vm.image", "suse.12", "la-north-2", None, MONTH, "55.00", "OFFI1012176672711426049"),
    ("vm.image", "suse.12", "la-north-2", None, HOURS, "0.150", "OFFI1012176672833060870"),
]

# The demo customer's agreement: what it covers, and the ratio. It names a region of samples, so
# that published prices come out as they are.
AGREEMENT = "demo-agreement"
AGREEMENT_REGION = "cn-north-4"
AGREEMENT_ITEMS = [
    # service, way of charging, ratio
    ("ec2", "MONTHLY", "0.85"),
    ("ec2", "1_YEARLY", "0.8"),
    ("ec2", "ONDEMAND", "0.9"),
    ("ebs", "MONTHLY", "0.9"),
]


def lines():
    yield from facts()
    for product, prices in [*published(), *samples()]:
        yield product
        yield from prices
    yield from discounts()


def facts():
    """All that has no price."""
    for code, chinese, english, abbreviation in SERVICES:
        yield {
            "kind": "service_type", "service_type_code": service_code(code),
            "name_zh": chinese, "name_en": english, "abbreviation": abbreviation,
        }
    for code, service, chinese, english in RESOURCES:
        yield {
            "kind": "resource_type", "resource_type_code": resource_code(code),
            "service_type_code": service_code(service), "name_zh": chinese, "name_en": english,
        }
    for resource, (code, chinese, english) in USAGES:
        yield {
            "kind": "usage_type", "resource_type_code": resource_code(resource),
            "usage_type_code": code, "name_zh": chinese, "name_en": english,
        }
    for number, measure_type, chinese, english, abbreviation in MEASURES:
        yield {
            "kind": "measure_unit", "measure_id": number, "measure_type": measure_type,
            "name_zh": chinese, "name_en": english,
            "abbreviation_zh": abbreviation, "abbreviation_en": abbreviation,
        }
    for measure, ratio, reference, measure_type in CONVERSIONS:
        yield {
            "kind": "conversion", "measure_id": measure, "ref_measure_id": reference,
            "conversion_ratio": ratio, "measure_type": measure_type,
        }
    for code, chinese, english, zones, _ in REGIONS:
        yield {
            "kind": "region", "region_code": code, "name_zh": chinese, "name_en": english,
            "zones": [zone(code, number, letter) for number, letter in enumerate(zones, start=1)],
        }
    for service, policy, discount, since, until in POLICIES:
        yield without_none({
            "kind": "incentive_policy", "service_type_code": service_code(service),
            "incentive_policy": policy, "allow_discount": discount,
            "effective_time": since, "expire_time": until,
        })


def published():
    for resource, spec, region, size, unit, amount, product_id in PUBLISHED:
        mode = PERIODIC if unit == MONTH else ON_DEMAND
        yield sold(resource, spec, (spec, spec), region, mode, size, [(unit, amount)], product_id)


def samples():
    for region, _, _, _, level in REGIONS:
        if level is not None:
            for offer in offers():
                yield from sample(region, level, *offer)
    # The disk of the published request, whose answer was cut off.
    for offer in disks():
        yield from sample("cn-north-1", 100, *offer)


def offers():
    """What each region offers: resource, spec, names, size measure, price of a month, and
    for each usage factor and measure its price."""
    yield from servers()
    yield from disks()
    yield from networks()
    yield from storage()
    for spec, chinese, english, month, hour in DATABASES:
        yield "rds.vm", spec, (chinese, english), None, month, {HOURS: hour}
    names = ("MySQL SSD云盘", "MySQL cloud SSD")
    spec = "rds.mysql.volume.cloudssd"
    yield "rds.volume", spec, names, GIGABYTES_OF_SIZE, "0.80", {HOURS: "0.0011"}


def servers():
    for flavour, chinese, english, cores, memory, month, hour in SERVERS:
        names = (
            f"{chinese}|{flavour}|{cores}核|{memory}GB",
            f"{english}|{flavour}|{cores} vCPUs|{memory} GB",
        )
        for system, more in [("linux", ("0", "0")), ("win", WINDOWS)]:
            prices = [
                str(Decimal(price) + Decimal(extra)) for price, extra in zip((month, hour), more)
            ]
            spec = f"{flavour}.{system}"
            yield "vm", spec, names, None, prices[0], {HOURS: prices[1]}


def disks():
    for spec, chinese, english, month, hour in DISKS:
        price = {HOURS: hour}
        yield "volume", spec, (chinese, english), GIGABYTES_OF_SIZE, month, price


def networks():
    traffic = ("upflow", GIGABYTE)
    for line, chinese, english, ip, traffic_price, month, hour in [
        ("bgp", "动态BGP", "Dynamic BGP", "0.02", "0.80", "23.00", "0.063"),
        ("sbgp", "静态BGP", "Static BGP", "0.02", "0.72", "18.40", "0.05"),
    ]:
        names = (f"{chinese}公网IP", f"{english} EIP")
        yield "ip", f"5_{line}", names, None, None, {HOURS: ip}
        names = (f"{chinese}按流量计费带宽", f"{english} bandwidth, billed by traffic")
        yield "bandwidth", f"12_{line}", names, None, None, {traffic: traffic_price}
        names = (f"{chinese}按带宽计费带宽", f"{english} bandwidth, billed by size")
        yield "bandwidth", f"19_{line}", names, MEGABIT, month, {HOURS: hour}
    names = ("按带宽计费共享带宽", "Shared bandwidth, billed by size")
    yield "share_bandwidth", "19_share", names, MEGABIT, "30.00", {HOURS: "0.083"}


def storage():
    traffic = ("upflow", GIGABYTE)
    names = ("标准存储单AZ", "Standard storage, single AZ")
    size = GIGABYTES_OF_SIZE
    yield "obs", "obs.standard.single", names, size, None, {HOURS: "0.000138"}
    names = ("标准存储多AZ", "Standard storage, multi-AZ")
    yield "obs", "obs.standard.multi", names, size, None, {HOURS: "0.000194"}
    names = ("公网流出流量", "Outbound Internet traffic")
    yield "obs", "obs.traffic.internet", names, None, None, {traffic: "0.50"}
    names = ("请求费用", "Requests")
    yield "obs", "obs.requests", names, None, None, {("reqNumber", COUNT): "0.000001"}
    names = ("标准存储包100GB", "Standard storage package, 100 GB")
    yield "obs", "obs.package.standard.100g", names, None, "9.00", {}
    names = ("CDN流量", "CDN traffic")
    yield "cdn", "cdn.traffic", names, None, None, {traffic: "0.24"}
    names = ("CDN流量包1TB", "CDN traffic package, 1 TB")
    yield "cdn", "cdn.package.1t", names, None, "166.00", {}


def sample(region, level, resource, spec, names, size, month, usages):
    """A product's two modes with the region's prices."""
    def at_level(price):
        return text(Decimal(price) * level / 100)

    if month is not None:
        year = Decimal(month) * MONTHS_OF_A_YEAR
        prices = [(MONTH, at_level(month)), (YEAR, at_level(year))]
        yield sold(resource, spec, names, region, PERIODIC, size, prices)
    if usages:
        prices = [(unit, at_level(price)) for unit, price in usages.items()]
        yield sold(resource, spec, names, region, ON_DEMAND, size, prices)


def sold(resource, spec, names, region, mode, size, prices, product_id=None):
    """A product and its prices."""
    service = SERVICE_OF[resource]
    key = "/".join([service, resource, spec, region, str(mode)])
    number = int.from_bytes(hashlib.sha256(key.encode()).digest()[:8], "big")
    product_id = product_id or f"OFFI{number % 10**18:018}"
    product = without_none({
        "kind": "product", "product_id": product_id, "service_type_code": service_code(service),
        "resource_type_code": resource_code(resource), "resource_spec": spec,
        "name_zh": names[0], "name_en": names[1], "region_code": region, "charge_mode": mode,
        "size_measure_id": size,
    })
    return product, [price(product_id, unit, amount) for unit, amount in prices]


def discounts():
    """What the demo book's customer has agreed upon: lines of its tenant's book."""
    customer = {"tenant_id": DEMO_TENANT, "customer_id": DEMO_CUSTOMER}
    yield {
        "kind": "business_agreement", "commerce_id": AGREEMENT, **customer,
        "commerce_code": "DEMO-2026-001", "discount_name": "框架合同折扣",
        "effective_time": "2025-12-31T16:00:00Z", "expire_time": "2035-12-31T16:00:00Z",
    }
    for number, (service, mode, ratio) in enumerate(AGREEMENT_ITEMS, start=1):
        yield {
            "kind": "business_discount", "item_id": f"{AGREEMENT}-{number}",
            "commerce_id": AGREEMENT, **customer, "service_type_code": service_code(service),
            "region_code": AGREEMENT_REGION, "charging_mode": mode, "discount_ratio": ratio,
        }
    yield {
        "kind": "partner_discount", "discount_id": "demo-partner-discount", **customer,
        "discount_type": 607, "discount_name": "伙伴折扣", "discount_ratio": "0.95",
        "service_type_codes": [service_code("obs")], "effective_time": "2025-12-31T16:00:00Z",
    }


def price(product_id, unit, amount):
    line = {"kind": "price", "product_id": product_id}
    if isinstance(unit, tuple):
        line |= {"usage_type_code": unit[0], "measure_id": unit[1]}
    else:
        line |= {"period_type": unit}
    return line | {"amount": amount, "effective_time": SINCE}


def zone(region, number, letter):
    code = region + letter
    return {"zone_code": code, "name_zh": f"可用区{number}", "name_en": f"AZ{number}"}


def service_code(code):
    return f"hws.service.type.{code}"


def resource_code(code):
    return f"hws.resource.type.{code}"


def text(amount):
    """Without zeros that say nothing, with two decimals at least."""
    amount = amount.normalize()
    return f"{amount:f}" if amount.as_tuple().exponent < -2 else f"{amount:.2f}"


def without_none(line):
    return {name: value for name, value in line.items() if value is not None}
